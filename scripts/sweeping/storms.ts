import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { styleText } from "node:util";
import fc from "fast-check";
import { z } from "zod";
import { renderTimeline } from "../../checks/report/timeline.ts";
import { atMost } from "../../checks/stage/at-most.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { modes } from "../../checks/stage/restate/admin.ts";
import { workshopFolder } from "../../checks/stage/run-folder.ts";
import {
  blows,
  runInStorm,
  type Schedule,
  type StormRun,
  type Strike,
} from "../../checks/stage/storm.ts";
import { harmOf } from "../../checks/stage/storm-harm.ts";
import { replaceFile } from "../files/replace-file.ts";
import { nameOf } from "../learner/progress-file.ts";
import { findTargets, type Target } from "../learner/targets.ts";
import { plantFault } from "./planted-fault.ts";
import { openFor } from "./target-theatre.ts";

/** How many storms to draw for each exercise, and from which seed. */
export interface Drawing {
  runs: number;
  seed: number;
}

/** A storm that did harm, as it is kept in a file. */
const KeptStorm = z.object({
  /** `01 agent` */
  exercise: z.string(),
  /** The folder of the exercise's code, relative to the root of the repo. */
  folder: z.string(),
  schedule: z.object({
    mode: z.enum(modes),
    strikes: z.array(
      z.object({
        what: z.enum(blows),
        at: z.int().min(1),
        phase: z.enum(["before", "after"]),
        times: z.int().min(1),
      }),
    ),
  }),
});

interface Found {
  schedule: Schedule;
  run: StormRun;
  harm: string[];
}

/** Runs exercises in random storms, and prints the smallest that did harm. Fails if one did. */
export async function stormAll(targets: readonly Target[], drawing: Drawing): Promise<void> {
  const inTurn = atMost(Math.min(2, availableParallelism()));
  const began = performance.now();
  const all = await Promise.all(
    targets.map((target) => inTurn(() => stormAndTell(target, drawing))),
  );
  const runs = all.reduce((sum, each) => sum + each.runs, 0);
  const harmful = all.filter(({ foundAfter }) => foundAfter !== undefined).length;
  const rate = (runs / ((performance.now() - began) / 1000)).toFixed(1);
  console.log(
    `\n${runs} runs in storms, ${rate} a second; ${harmful} of ${targets.length} exercises harmed`,
  );
  process.exitCode = harmful === 0 ? 0 : 1;
}

async function stormAndTell(target: Target, drawing: Drawing) {
  const stormed = await stormExercise(target, drawing, (found) =>
    tellHarm(target, found, keep(target, found)),
  );
  const { runs, struck } = stormed;
  console.log(
    `${nameOf(target)}: ${runs} runs in storms, ${struck} failures, seed ${drawing.seed}`,
  );
  return stormed;
}

/**
 * Plants a fault in a copy of each exercise, and prints how many runs in storms it takes to find it. Fails if
 * one is not found.
 */
export async function findPlanted(targets: readonly Target[], drawing: Drawing): Promise<void> {
  const inTurn = atMost(Math.min(2, availableParallelism()));
  const all = await Promise.all(
    targets.map((target) => inTurn(() => findPlantedIn(target, drawing))),
  );
  const missed = all.filter((found) => !found).length;
  console.log(
    `\n${all.length - missed} of ${all.length} planted faults found, seed ${drawing.seed}`,
  );
  process.exitCode = missed === 0 ? 0 : 1;
}

/** Returns whether the planted fault was found. */
async function findPlantedIn(target: Target, drawing: Drawing): Promise<boolean> {
  const { foundAfter } = await stormExercise(plantFault(target), drawing, () => {});
  const how = foundAfter === undefined ? "not found" : `found in run ${foundAfter}`;
  console.log(`${nameOf(target)}: the planted fault was ${how}`);
  return foundAfter !== undefined;
}

async function stormExercise(
  target: Target,
  { runs, seed }: Drawing,
  onHarm: (found: Found) => void,
) {
  const { theatre, play, close } = await openFor(target, 1);
  const calm = await runInStorm(theatre, play, { mode: "normal", strikes: [] });
  let last: Found | undefined;
  let foundAfter: number | undefined;
  let done = 0;
  let struck = 0;
  const property = fc.asyncProperty(schedulesFor(calm.calls.length), async (schedule) => {
    const run = await runInStorm(theatre, play, schedule);
    const harm = harmOf(run, calm, play);
    done += 1;
    struck += run.struck;
    if (harm.length === 0) return true;
    // The one that fails last while fast-check shrinks is the smallest.
    last = { schedule, run, harm };
    foundAfter ??= done;
    return false;
  });
  const checked = await fc.check(property, { seed, numRuns: runs });
  await close();
  // A run that could not be played is no storm that did no harm.
  if (checked.failed && last === undefined) throw checked.errorInstance;
  if (last) onHarm(last);
  return { runs: done, struck, foundAfter };
}

/** Up to six failures, at any call of a run and a few that only a repetition makes. */
function schedulesFor(calls: number): fc.Arbitrary<Schedule> {
  const strike = fc.record<Strike>({
    what: fc.constantFrom(...blows),
    at: fc.integer({ min: 1, max: calls + 3 }),
    phase: fc.constantFrom("before", "after"),
    times: fc.integer({ min: 1, max: 3 }),
  });
  return fc.record<Schedule>({
    mode: fc.constantFrom(...modes),
    // With a least length, the last failure could not be left out while the first is kept.
    strikes: fc.array(strike, { maxLength: 6 }),
  });
}

/** Keeps a storm in a file; returns its path. */
function keep(target: Target, { schedule }: Found): string {
  const name = `storm-${target.chapter.number}-${target.exercise.id}.json`;
  const file = join(workshopFolder, name);
  const kept: z.infer<typeof KeptStorm> = {
    exercise: nameOf(target),
    folder: join(target.file, ".."),
    schedule: { ...schedule, strikes: [...schedule.strikes] },
  };
  replaceFile(file, `${JSON.stringify(kept, null, 2)}\n`);
  return file;
}

/**
 * Runs an exercise again in a storm that was kept, and prints what it does now.
 *
 * @param path the file, as it was printed
 * @throws {CouldNotRun} if there is no such file, or it has no storm
 */
export async function replayStorm(path: string): Promise<void> {
  const { exercise, folder, schedule } = readStorm(path);
  const [target] = findTargets("npm run storm", exercise.split(" "), { subjects: [{ folder }] });
  if (target === undefined) return;
  const { theatre, play, close } = await openFor(target, 1);
  const calm = await runInStorm(theatre, play, { mode: "normal", strikes: [] });
  const run = await runInStorm(theatre, play, schedule);
  await close();
  const harm = harmOf(run, calm, play);
  if (harm.length > 0) tellHarm(target, { schedule, run, harm }, path);
  else console.log(`${exercise}: no harm in this storm.`);
  process.exitCode = harm.length === 0 ? 0 : 1;
}

function readStorm(path: string): z.infer<typeof KeptStorm> {
  try {
    return KeptStorm.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new CouldNotRun(
      `${path} has no storm.`,
      "Name a file that npm run storm has printed, such as .workshop/storm-01-agent.json.",
    );
  }
}

function tellHarm(target: Target, { schedule, run, harm }: Found, file: string): void {
  const path = relative(process.env.INIT_CWD ?? process.cwd(), file);
  const lines = [
    `\n${styleText("red", "✗")} ${nameOf(target)}, ${schedule.mode}`,
    ...schedule.strikes.map((strike) => `  ${tell(strike)}`),
    ...harm.map((what) => `  harm: ${what}`),
    ...renderTimeline(run.events, run.invoked).map((line) => line.slice(0, 80)),
    `Again: npm run storm -- --replay ${path}`,
  ];
  console.log(lines.join("\n"));
}

/** `call 2: answered 503, twice` */
function tell({ what, at, phase, times }: Strike): string {
  const counted = ["", "once", "twice", "three times"][times];
  const how = what.startsWith("answered") ? `, ${counted}` : ` ${phase} it`;
  return `call ${at}: ${what}${how}`;
}
