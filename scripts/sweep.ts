import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { findTargets, folderInRepo } from "./learner/targets.ts";
import { readCommand, runCommand } from "./terminal/command.ts";
import { sweepAll } from "./verifying/crash-sweep.ts";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    "npm run sweep",
    { words: ["chapter", "exercise"], switches: ["mine"], values: ["dir"] },
    process,
  );
  if (values.dir !== undefined && switches.mine) {
    throw new CouldNotRun("--dir and --mine name different folders.", "Give one of them.");
  }
  const where =
    values.dir === undefined
      ? { tree: switches.mine ? ("exercises" as const) : ("solutions" as const) }
      : { subjects: [{ folder: folderInRepo(values.dir) }] };
  const targets = findTargets("npm run sweep", [words[0] ?? "all", ...words.slice(1)], where);
  await sweepAll(targets);
});
