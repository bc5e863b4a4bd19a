import { codeAskedFor, findTargets } from "./learner/targets.ts";
import { sweepAll } from "./sweeping/crash-sweep.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    "npm run sweep",
    { words: ["chapter", "exercise"], switches: ["mine"], values: ["dir"] },
    process,
  );
  const where = codeAskedFor(switches.mine, values.dir);
  const targets = findTargets("npm run sweep", [words[0] ?? "all", ...words.slice(1)], where);
  await sweepAll(targets);
});
