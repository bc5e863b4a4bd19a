import { CheckFailed } from "../report/check-failed.ts";
import { silenceOf } from "../stage/failures.ts";
import type { Outcome } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import {
  holdAside,
  newSession,
  send,
  settle,
  untilHeard,
  untilHeld,
  wishesFrom,
} from "./coding.ts";

/** A message whose work is interrupted by another one while the model is asked, and the work on that. */
export const scenario: Scenario = async (stage, choices) => {
  const session = newSession();
  const [first, second] = wishesFrom(choices, 2);
  const release = holdAside(stage, silenceOf("model"));
  try {
    const begun = await send(stage, session, first);
    const { task } = await untilHeld(stage, "model", begun);
    const interrupting = await send(stage, session, second);
    await untilHeard(stage, task, interrupting);
    release();
    const outcome = await interrupting.outcome();
    if (outcome.kind !== "answered") return outcome;
  } catch (error) {
    if (error instanceof CheckFailed) return { kind: "stuck", why: error.message };
    throw error;
  } finally {
    release();
  }
  return historyOnceSettled(stage, session);
};

/** A message alone, for checks that repeat a run many times. */
export const oneMessage: Scenario = async (stage, choices) => {
  const session = newSession();
  const [wish] = wishesFrom(choices, 1);
  const outcome = await (await send(stage, session, wish)).outcome();
  return outcome.kind === "answered" ? historyOnceSettled(stage, session) : outcome;
};

async function historyOnceSettled(stage: Stage, session: string): Promise<Outcome> {
  await settle(stage, session);
  return (await stage.invoke(`${session}/getHistory`, null)).outcome();
}
