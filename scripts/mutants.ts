import { findTargets } from "./learner/targets.ts";
import { readCommand, readNumber, runCommand } from "./terminal/command.ts";
import { tryAllMutants } from "./verifying/mutants.ts";

const most = 20;

await runCommand(async () => {
  const { words, values } = readCommand(
    "npm run mutants",
    { words: ["chapter", "exercise"], switches: [], values: ["most", "seed"] },
    process,
  );
  const asked = [words[0] ?? "all", ...words.slice(1)];
  const targets = findTargets("npm run mutants", asked, { tree: "solutions" });
  const seed = values.seed === undefined ? 1 : readNumber("seed", values.seed);
  const each = values.most === undefined ? most : readNumber("most", values.most);
  await tryAllMutants(targets, { each, seed });
});
