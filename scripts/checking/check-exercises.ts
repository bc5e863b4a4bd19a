// checking/: what `npm run check` does: a run of checks, its rounds and what they tell, its watch mode.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { wrap } from "../../checks/report/render.ts";
import type { Help } from "../../checks/shared/hints.ts";
import type { Asked } from "../../checks/stage/asked.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { importFile } from "../../checks/stage/source-file.ts";
import { writeJson } from "../files/json-file.ts";
import { type Checked, nameOf, noteChecked, whatIsNext } from "../learner/progress-file.ts";
import type { Target } from "../learner/targets.ts";
import { tellTrouble } from "../terminal/command.ts";
import { Round } from "./round.ts";
import { runChecks } from "./run-checks.ts";
import { takeKeys } from "./watch-keys.ts";

// Exercises that are explained after a check; of more, nobody reads it.
const mostExplained = 3;

/** What to check, and how to tell of it. */
export interface Checking extends Pick<Asked, "where" | "runtime"> {
  targets: readonly Target[];
  seed: number | undefined;
  /** Where the results are written, too. */
  json: string | undefined;
  verbose: boolean;
  /** Checks again whenever a file is saved, until it is stopped. */
  watch: boolean;
}

/**
 * Checks exercises and tells how they came out, in words and in the exit code; of the learner's own,
 * notes which have passed, and what failed first in the others.
 *
 * @throws {CouldNotRun} where the results cannot be written, or the checks broke
 */
export async function checkExercises(checking: Checking): Promise<void> {
  const { targets, where, runtime, json, verbose, watch } = checking;
  const isLearners = "tree" in where && where.tree === "exercises";
  const seed = checking.seed === undefined ? {} : { seed: checking.seed };
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
  const keys = watch ? takeKeys(targets, () => stop.abort()) : undefined;
  await runChecks(
    { suites, asked: { where, runtime, stages: 2, ...seed }, watch: watch },
    stop.signal,
    (message) => {
      if (message.kind === "started" && rounds++ > 0) round = new Round(targets);
      if (message.kind === "result") round.add(message.result, message.seed);
      if (message.kind === "ended" && message.trouble === undefined) {
        const ended = round;
        ending = ended.end({ json, verbose }).then(() => {
          return isLearners ? moveOn(targets, ended.checked) : undefined;
        });
        // While it watches, a round that broke is told and the next one may be better.
        if (watch) ending = ending.catch(tellTrouble).then(() => keys?.tell());
        else ending.catch(() => {});
      }
    },
  );
  await ending;
  keys?.close();
  if (keys?.next !== undefined) return goOnWith(keys.next);
  if (stop.signal.aborted) process.exitCode = keys?.quit ? 0 : 130;
}

/** Watches another exercise instead of this one. */
async function goOnWith(name: string): Promise<void> {
  const command = [join(root, "scripts", "check.ts"), ...name.split(" "), "--watch"];
  const child = spawn(process.execPath, command, { stdio: "inherit" });
  const [code] = await once(child, "close");
  process.exitCode = code ?? 130;
}

/** Notes how exercises came out; where all have passed, says why it works, and what comes next. */
async function moveOn(targets: readonly Target[], checked: readonly Checked[]): Promise<void> {
  noteChecked(checked);
  const passed = checked.filter(({ failed }) => failed === undefined);
  const [first] = targets;
  const [last] = targets.slice(-1);
  if (first === undefined || last === undefined || passed.length < targets.length) return;
  for (const target of targets.length > mostExplained ? [] : targets) {
    for (const words of await explain(target, targets.length > 1)) console.log(`\n${words}`);
  }
  const what = targets.length === 1 ? nameOf(first) : first.chapter.number;
  console.log(`\nHow the solution does it: npm run diff ${what}`);
  console.log(whatIsNext(last));
}

/** What the solution does, and the answer to the lesson's prediction if it is about this exercise. */
async function explain({ chapter, exercise }: Target, named: boolean): Promise<string[]> {
  const path = join(root, "checks", chapter.slug, `${exercise.id}.hints.ts`);
  const { why, prediction } = await importFile<Help>(path);
  const name = named ? `${exercise.id}: ` : "";
  return [
    `${name}Why it works: ${why}`,
    ...(prediction === undefined ? [] : [`${name}The answer to your prediction: ${prediction}`]),
  ].map((words) => wrap(words, 80).join("\n"));
}
