import { resolve } from "node:path";
import type { Asked } from "../checks/stage/asked.ts";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { Round } from "./check-round.ts";
import { chooseRuntime } from "./check-runtime.ts";
import { findTargets, folderInRepo } from "./check-targets.ts";
import { readCommand, runCommand, tellTrouble } from "./command.ts";
import { writeJson } from "./json-file.ts";
import { runChecks } from "./run-checks.ts";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    "npm run check",
    {
      words: ["chapter", "exercise"],
      switches: ["solution", "verbose", "watch"],
      values: ["dir", "json", "seed", "runtime", "advertise"],
    },
    process,
  );
  const where = choosePlace(values.dir, switches.solution);
  const targets = findTargets(words, where);
  const runtime = await chooseRuntime(values.runtime, values.advertise);
  const seed = values.seed === undefined ? {} : { seed: readSeed(values.seed) };
  const json = values.json && resolve(process.env.INIT_CWD ?? "", values.json);
  if (json) writeJson(json, []);

  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => stop.abort());
  }
  const suites = targets.map(
    ({ chapter, exercise: { id } }) => `checks/${chapter.slug}/${id}.test.ts`,
  );

  let round = new Round(targets);
  let rounds = 0;
  let ending = Promise.resolve();
  await runChecks(
    { suites, asked: { where, runtime, ...seed }, watch: switches.watch },
    stop.signal,
    (message) => {
      if (message.kind === "started" && rounds++ > 0) round = new Round(targets);
      if (message.kind === "result") round.add(message.result, message.seed);
      if (message.kind === "ended" && message.trouble === undefined) {
        ending = round.end({ json, verbose: switches.verbose });
        // While it watches, a round that broke is told and the next one may be better.
        if (switches.watch) ending = ending.catch(tellTrouble);
        else ending.catch(() => {});
      }
    },
  );
  await ending;
  if (stop.signal.aborted) process.exitCode = 130;
});

function choosePlace(dir: string | undefined, solution: boolean): Asked["where"] {
  if (dir === undefined) return { tree: solution ? "solutions" : "exercises" };
  if (solution) {
    throw new CouldNotRun("--dir and --solution name different folders.", "Give one of them.");
  }
  return { subjects: [{ folder: folderInRepo(dir) }] };
}

function readSeed(word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new CouldNotRun(
    `"${word}" is no seed.`,
    "A seed is a number, as a report prints it: --seed 4711",
  );
}
