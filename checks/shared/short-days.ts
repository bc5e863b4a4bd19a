import { causes } from "../report/causes.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";

// In milliseconds: far more than a timer that is over needs to ring, on two busy cores.
const ringCap = 20_000;
const answerCap = 8_000;

/** What ends a wait that is to go on. */
export const limitInTime = causes.timeout;

/** Restarts the agents such that a day is over in a moment. */
export async function shortenDays(stage: Stage): Promise<void> {
  stage.restartAs(await stage.prepare({ daysAreShort: true }));
}

/**
 * Lets a day pass for a run that waits: what is over by then, of its timers, has rung. From then on
 * days are as long as ever.
 */
export async function letADayPass(stage: Stage, invocation: Invocation): Promise<void> {
  // Timers of the process itself ring before it answers.
  await stage.agents.live?.responds(answerCap);
  const due = (await invocation.timers()).filter(({ overAt }) => overAt <= Date.now()).length;
  await waitFor("the firing of an expired timer", ringCap, async () => {
    // Of a run that has ended, no timer rings any more.
    if (invocation.ending !== undefined) return true;
    const timers = await invocation.timers();
    return timers.slice(0, due).every(({ hasRung }) => hasRung) ? true : undefined;
  });
  await stage.agents.live?.putClockForward?.(Date.now());
}
