import { causes } from "../report/causes.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";

// In milliseconds. On two busy cores, a timer that is over rings much sooner.
const ringCap = 20_000;
const answerCap = 8_000;
const day = 24 * 60 * 60 * 1000;

/** The likely cause if a wait ends that should continue. */
export const limitInTime = causes.timeout;

/** Restarts the agents so that a day passes in a moment. */
export async function shortenDays(stage: Stage): Promise<void> {
  stage.restartAs(await stage.prepare({ hastyTimers: true }));
  await stage.agents.setClockBack(day);
}

/**
 * Lets a day pass for a run that waits: returns when each timer that is over after a day has rung. From
 * then on, days have their usual length.
 */
export async function letADayPass(stage: Stage, invocation: Invocation): Promise<void> {
  // The process's own timers ring before it answers.
  await stage.agents.live?.responds(answerCap);
  const due = (await invocation.timers()).filter(({ overAt }) => overAt <= Date.now()).length;
  await waitFor("the firing of an expired timer", ringCap, async () => {
    // The timers of a run that has ended no longer ring.
    if (invocation.ending !== undefined) return true;
    const timers = await invocation.timers();
    return timers.slice(0, due).every(({ hasRung }) => hasRung) ? true : undefined;
  });
  await stage.agents.putClockForward(Date.now());
}
