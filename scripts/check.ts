import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Help } from "../checks/hints.ts";
import { wrap } from "../checks/report/render.ts";
import type { Asked } from "../checks/stage/asked.ts";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { root } from "../checks/stage/run-folder.ts";
import { importFile } from "../checks/stage/source-file.ts";
import { Round } from "./checking/round.ts";
import { runChecks } from "./checking/run-checks.ts";
import { chooseRuntime } from "./checking/runtime.ts";
import { takeKeys } from "./checking/watch-keys.ts";
import { writeJson } from "./files/json-file.ts";
import { currentPlace, nameOf, noteChecked, openPlaceAfter } from "./learner/progress-file.ts";
import { findTargets, folderInRepo, type Target, withChapterHere } from "./learner/targets.ts";
import { readCommand, readNumber, runCommand, tellTrouble } from "./terminal/command.ts";

// Exercises that are explained after a check; of more, nobody reads it.
const mostExplained = 3;

await runCommand(async () => {
  const asked = readCommand(
    "npm run check",
    {
      words: ["chapter", "exercise"],
      switches: ["solution", "verbose", "watch"],
      values: ["dir", "json", "seed", "runtime", "advertise"],
    },
    process,
  );
  const { switches, values } = asked;
  const words = withChapterHere(asked.words);
  const where = choosePlace(values.dir, switches.solution);
  const isLearners = "tree" in where && where.tree === "exercises";
  const current = words.length === 0 && isLearners ? currentPlace() : undefined;
  if (words.length === 0 && isLearners && current === undefined) {
    console.log("Every exercise has passed. To check one again: npm run check 01");
    return;
  }
  const targets = findTargets("npm run check", current ? nameOf(current).split(" ") : words, where);
  const runtime = await chooseRuntime(values.runtime, values.advertise);
  const seed = values.seed === undefined ? {} : { seed: readNumber("seed", values.seed) };
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
  const [last] = targets.slice(-1);
  const keys = switches.watch && last ? takeKeys(last, () => stop.abort()) : undefined;
  await runChecks(
    { suites, asked: { where, runtime, stages: 2, ...seed }, watch: switches.watch },
    stop.signal,
    (message) => {
      if (message.kind === "started" && rounds++ > 0) round = new Round(targets);
      if (message.kind === "result") round.add(message.result, message.seed);
      if (message.kind === "ended" && message.trouble === undefined) {
        const ended = round;
        ending = ended.end({ json, verbose: switches.verbose }).then(() => {
          return isLearners ? moveOn(targets, ended.passed) : undefined;
        });
        // While it watches, a round that broke is told and the next one may be better.
        if (switches.watch) ending = ending.catch(tellTrouble).then(() => keys?.tell());
        else ending.catch(() => {});
      }
    },
  );
  await ending;
  keys?.close();
  if (keys?.next !== undefined) return goOnWith(keys.next);
  if (stop.signal.aborted) process.exitCode = keys?.quit ? 0 : 130;
});

/** Watches another exercise in place of this one. */
async function goOnWith(name: string): Promise<void> {
  const command = [fileURLToPath(import.meta.url), ...name.split(" "), "--watch"];
  const child = spawn(process.execPath, command, { stdio: "inherit" });
  const [code] = await once(child, "close");
  process.exitCode = code ?? 130;
}

/** Notes what has passed; where all has, says why it works, and what comes next. */
async function moveOn(targets: readonly Target[], passed: readonly Target[]): Promise<void> {
  noteChecked(targets, passed);
  const [first] = targets;
  const [last] = targets.slice(-1);
  if (first === undefined || last === undefined || passed.length < targets.length) return;
  for (const target of targets.length > mostExplained ? [] : targets) {
    console.log(`\n${await whyItWorks(target, targets.length > 1)}`);
  }
  const what = targets.length === 1 ? nameOf(first) : first.chapter.number;
  console.log(`\nHow the solution does it: npm run diff ${what}`);
  const next = openPlaceAfter(last);
  if (next === undefined) console.log("Every exercise has passed.");
  else {
    const name = nameOf(next);
    console.log(`Next: ${name}, exercises/${next.chapter.slug}. Then: npm run check ${name}`);
  }
}

async function whyItWorks({ chapter, exercise }: Target, named: boolean): Promise<string> {
  const path = join(root, "checks", chapter.slug, `${exercise.id}.hints.ts`);
  const { why } = await importFile<Help>(path);
  return wrap(`${named ? `${exercise.id}: ` : ""}Why it works: ${why}`, 80).join("\n");
}

function choosePlace(dir: string | undefined, solution: boolean): Asked["where"] {
  if (dir === undefined) return { tree: solution ? "solutions" : "exercises" };
  if (solution) {
    throw new CouldNotRun("--dir and --solution name different folders.", "Give one of them.");
  }
  return { subjects: [{ folder: folderInRepo(dir) }] };
}
