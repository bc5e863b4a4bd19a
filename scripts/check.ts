import { resolve } from "node:path";
import type { Asked } from "../checks/stage/asked.ts";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { Round } from "./check-round.ts";
import { chooseRuntime } from "./check-runtime.ts";
import { findTargets, folderInRepo, type Target } from "./check-targets.ts";
import { readCommand, runCommand, tellTrouble } from "./command.ts";
import { writeJson } from "./json-file.ts";
import { currentPlace, nameOf, noteChecked } from "./progress-file.ts";
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
  const isLearners = "tree" in where && where.tree === "exercises";
  const current = words.length === 0 && isLearners ? currentPlace() : undefined;
  if (words.length === 0 && isLearners && current === undefined) {
    console.log("Every exercise has passed. To check one again: npm run check 01");
    return;
  }
  const targets = findTargets("npm run check", current ? nameOf(current).split(" ") : words, where);
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
    { suites, asked: { where, runtime, stages: 2, ...seed }, watch: switches.watch },
    stop.signal,
    (message) => {
      if (message.kind === "started" && rounds++ > 0) round = new Round(targets);
      if (message.kind === "result") round.add(message.result, message.seed);
      if (message.kind === "ended" && message.trouble === undefined) {
        const ended = round;
        ending = ended.end({ json, verbose: switches.verbose }).then(() => {
          if (isLearners) moveOn(targets, ended.passed);
        });
        // While it watches, a round that broke is told and the next one may be better.
        if (switches.watch) ending = ending.catch(tellTrouble);
        else ending.catch(() => {});
      }
    },
  );
  await ending;
  if (stop.signal.aborted) process.exitCode = 130;
});

/** Notes what has passed; where all has, says what comes next. */
function moveOn(targets: readonly Target[], passed: readonly Target[]): void {
  noteChecked(targets, passed);
  const [first] = targets;
  if (first === undefined || passed.length < targets.length) return;
  const what = targets.length === 1 ? nameOf(first) : first.chapter.number;
  console.log(`\nHow the solution does it: npm run diff ${what}`);
  const next = currentPlace();
  if (next === undefined) console.log("Every exercise has passed.");
  else console.log(`Next: ${nameOf(next)}, exercises/${next.chapter.slug}. Then: npm run check`);
}

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
