import { silenceOf } from "../stage/failures.ts";
import type { Outcome } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import { newSession, send, settle, wishesFrom } from "./coding.ts";
import { holdAside, isReplaying, untilEnded, untilHeard, untilHeldOrOver } from "./interruption.ts";

/** A message whose work is interrupted by another one while the model is asked, and the work on that. */
export const scenario: Scenario = async (stage, choices) => {
  const session = newSession();
  const [first, second] = wishesFrom(choices, 2);
  const release = holdAside(stage, silenceOf("model"));
  const held = await untilHeldOrOver(stage, "model", await send(stage, session, first));
  const interrupting = await send(stage, session, second);
  if (held !== undefined && (await untilHeard(stage, held.task, interrupting)) === "yes") {
    // With every await replayed, a task hears nothing before its call has ended.
    if (!(await isReplaying(stage))) await untilEnded(stage, held.task);
  }
  release();
  const outcome = await interrupting.outcome();
  if (outcome.kind !== "answered") return outcome;
  await settle(stage, session);
  return askForHistory(stage, session);
};

/** A message, and another one when the work on the first is done. */
export const inStorms: Scenario = (stage, choices) => talk(stage, wishesFrom(choices, 2));

/** A message alone, for checks that repeat a run many times. */
export const oneMessage: Scenario = (stage, choices) => talk(stage, wishesFrom(choices, 1));

async function talk(stage: Stage, wishes: readonly string[]): Promise<Outcome> {
  const session = newSession();
  for (const wish of wishes) {
    const outcome = await (await send(stage, session, wish)).outcome();
    if (outcome.kind !== "answered") return outcome;
    await settle(stage, session);
  }
  return askForHistory(stage, session);
}

async function askForHistory(stage: Stage, session: string): Promise<Outcome> {
  return (await stage.invoke(`${session}/getHistory`, null)).outcome();
}
