import { readCommand, readNumber, runCommand } from "./terminal/command.ts";
import { proveSteady } from "./verifying/steadiness.ts";

const seeds = 50;

await runCommand(async () => {
  const { words, values } = readCommand(
    "npm run steady",
    { words: ["chapter"], switches: [], values: ["seeds"] },
    process,
  );
  const chapter = words[0] ?? "all";
  const last = values.seeds === undefined ? seeds : readNumber("seeds", values.seeds);
  await proveSteady(chapter, last);
});
