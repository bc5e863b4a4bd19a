import { resolve } from "node:path";
import { codeAskedFor, findTargets } from "./learner/targets.ts";
import { findPlanted, replayStorm, stormAll } from "./sweeping/storms.ts";
import { readCommand, readNumber, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    "npm run storm",
    {
      words: ["chapter", "exercise"],
      switches: ["mine", "planted"],
      values: ["dir", "seed", "runs", "replay"],
    },
    process,
  );
  if (values.replay !== undefined) {
    await replayStorm(resolve(process.env.INIT_CWD ?? "", values.replay));
    return;
  }
  const where = codeAskedFor(switches.mine, values.dir);
  const targets = findTargets("npm run storm", [words[0] ?? "all", ...words.slice(1)], where);
  const drawing = {
    runs: readNumber("runs", values.runs ?? (switches.planted ? "300" : "100")),
    seed: readNumber("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000))),
  };
  await (switches.planted ? findPlanted : stormAll)(targets, drawing);
});
