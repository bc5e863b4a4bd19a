// sweeping/: runs agents again and again, each time with other failures: sweeps and storms.

import { availableParallelism } from "node:os";
import { styleText } from "node:util";
import { renderTimeline } from "../../checks/report/timeline.ts";
import { atMost } from "../../checks/stage/at-most.ts";
import { type Swept, sweep } from "../../checks/stage/sweep.ts";
import { nameOf } from "../learner/progress-file.ts";
import type { Target } from "../learner/targets.ts";
import { openFor } from "./target-theatre.ts";

/** Sweeps exercises with crashes. Fails if a crash does harm, or a call is made outside any step. */
export async function sweepAll(targets: readonly Target[]): Promise<void> {
  const inTurn = atMost(Math.min(2, availableParallelism()));
  const swept = (
    await Promise.all(targets.map((target) => inTurn(() => sweepExercise(target))))
  ).flat();
  console.log(`\n${tellCounts(swept)}`);
  process.exitCode = swept.some(didHarm) ? 1 : 0;
}

/** `50 crash points, 0 lost, 2 repeated` */
function tellCounts(swept: readonly Swept[]): string {
  const count = (harm: keyof Swept["damage"]) =>
    swept.filter(({ damage }) => damage[harm].length > 0).length;
  const points = swept.filter(({ point }) => point !== undefined).length;
  return `${points} crash points, ${count("lost")} lost, ${count("repeated")} repeated`;
}

/** Sweeps an exercise in both modes, on a server of its own. Prints each harmful crash at once. */
async function sweepExercise(target: Target): Promise<Swept[]> {
  const { theatre, play, close } = await openFor(target, 2);
  const name = nameOf(target);
  const all: Swept[] = [];
  await sweep(theatre, play, (swept) => {
    all.push(swept);
    if (didHarm(swept)) console.log(renderHarm(name, swept));
  });
  await close();
  const points = all.filter(({ point }) => point !== undefined).length;
  console.log(`${name}: ${points} crash points, ${all.filter(didHarm).length} did harm`);
  return all;
}

function didHarm({ damage: { lost, repeated, outside } }: Swept): boolean {
  return lost.length + repeated.length + outside.length > 0;
}

function renderHarm(name: string, { mode, point, damage, events, invoked }: Swept): string {
  return [
    `\n${styleText("red", "✗")} ${name}, ${mode}: ${point?.name ?? "nothing killed"}`,
    ...damage.lost.map((what) => `  lost: ${what}`),
    ...damage.repeated.map((what) => `  repeated: ${what}`),
    ...damage.outside.map((what) => `  not in a step: ${what}`),
    ...renderTimeline(events, invoked).map((line) => line.slice(0, 80)),
  ].join("\n");
}
