import { resolve } from "node:path";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { findTargets, folderInRepo } from "./learner/targets.ts";
import { readCommand, readNumber, runCommand } from "./terminal/command.ts";
import { replayStorm, stormAll } from "./verifying/storms.ts";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    "npm run storm",
    {
      words: ["chapter", "exercise"],
      switches: ["mine"],
      values: ["dir", "seed", "runs", "replay"],
    },
    process,
  );
  if (values.replay !== undefined) {
    await replayStorm(resolve(process.env.INIT_CWD ?? "", values.replay));
    return;
  }
  if (values.dir !== undefined && switches.mine) {
    throw new CouldNotRun("--dir and --mine name different folders.", "Give one of them.");
  }
  const where =
    values.dir === undefined
      ? { tree: switches.mine ? ("exercises" as const) : ("solutions" as const) }
      : { subjects: [{ folder: folderInRepo(values.dir) }] };
  const targets = findTargets("npm run storm", [words[0] ?? "all", ...words.slice(1)], where);
  await stormAll(targets, {
    runs: readNumber("runs", values.runs ?? "100"),
    seed: readNumber("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000))),
  });
});
