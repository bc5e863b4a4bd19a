import { CheckFailed } from "../report/check-failed.ts";
import { causeOf } from "../report/outcome.ts";
import { tellMismatch } from "../report/restate-words.ts";
import type { Mode } from "../stage/restate/admin.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import type { Check } from "./check.ts";

// In always-replay there are many replays, so one of them meets a failure that is random.
const runs: Record<Mode, number> = { normal: 1, "always-replay": 2 };
// What Restate's SDK logs about a failed attempt, and about a context that is used where it must not be.
const failures =
  /(?:Error when processing a Restate context operation|DANGER!)[^\n]*(?:\n(?! *at |\[)[^\n]*){0,9}/g;
// These errors end a run. They are not failures of an attempt, which Restate would retry.
const ending = /\n\s*(Terminal|Cancelled|Timeout)Error/;
const answersWithin = 8_000;

/**
 * What the SDK has logged about failed attempts since the stage was reset.
 *
 * @param told messages of failures that ended runs as intended
 */
export async function failedAttempts(stage: Stage, told: readonly string[]): Promise<string[]> {
  // The process answers after it has printed everything.
  await stage.agents.live?.responds(answersWithin);
  return (stage.log.match(failures) ?? [])
    .filter((words) => !ending.test(words) && !told.some((each) => words.includes(each)))
    .map((words) => words.replace(/\s+/g, " "));
}

/** The cause, if attempts fail because the code does not match the journal; undefined if none does. */
export async function causeOfMismatch(stage: Stage): Promise<string | undefined> {
  const why = (await failedAttempts(stage, [])).find(isMismatch);
  return why === undefined ? undefined : causeOf({ kind: "stuck", why });
}

/** The check that no attempt fails while nothing is broken, even if the next attempt would succeed. */
export function calm(scenario: Scenario, next: string): Check {
  return {
    id: "calm",
    title: "needs one attempt if nothing is broken",
    modes: ["normal", "always-replay"],
    run: async (stage, _, mode) => {
      const told: string[] = [];
      for (let turn = 0; turn < runs[mode]; turn++) {
        const outcome = await scenario(stage, stage.choices(turn));
        if (outcome.kind === "failed" && outcome.message !== "") told.push(outcome.message);
      }
      const [why] = await failedAttempts(stage, told);
      if (why === undefined) return;
      throw new CheckFailed({
        did: `With nothing broken, one of your agent's attempts failed: ${isMismatch(why) ? tellMismatch(why) : why.slice(0, 200)}`,
        asks: "A failure without an outside cause is an error in the code, even if the next attempt succeeds.",
        cause:
          causeOf({ kind: "stuck", why }) ??
          "Something is random, or Restate's context is used where it is not allowed.",
        next,
      });
    },
  };
}
