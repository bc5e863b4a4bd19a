import { CheckFailed } from "./report/check-failed.ts";
import { causeOf } from "./report/outcome.ts";
import type { Mode } from "./stage/restate/admin.ts";
import type { Check } from "./stage/suite.ts";
import type { Scenario } from "./stage/sweep.ts";

// Replays are many, and one of them meets what comes and goes by chance.
const runs: Record<Mode, number> = { normal: 1, "always-replay": 2 };
// What Restate's SDK writes of an attempt that fails, and of a context that is used when it may not be.
const failedAttempt =
  /(?:Error when processing a Restate context operation|DANGER!)[^\n]*\n?[^\n]*/g;
// What ends a run is no failure of an attempt, which would be made again.
const ending = /\n\s*(Terminal|Cancelled|Timeout)Error/;
const answersWithin = 3_000;

/** The check that nothing fails in runs in which nothing is broken, also where it would heal itself. */
export function calm(scenario: Scenario, next: string): Check {
  return {
    id: "calm",
    title: "fails in no attempt, with nothing broken",
    modes: ["normal", "always-replay"],
    run: async (stage, _, mode) => {
      const told: string[] = [];
      for (let turn = 0; turn < runs[mode]; turn++) {
        const outcome = await scenario(stage, stage.choices(turn));
        if (outcome.kind === "failed" && outcome.message !== "") told.push(outcome.message);
      }
      // Its answer comes after all that it has printed.
      await stage.agents.live?.responds(answersWithin);
      const failure = stage.log
        .match(failedAttempt)
        ?.find((words) => !ending.test(words) && !told.some((each) => words.includes(each)));
      if (failure === undefined) return;
      const why = failure.replace(/\s+/g, " ");
      throw new CheckFailed({
        did: `With nothing broken, an attempt of your agent's failed: ${why.slice(0, 200)}`,
        asks: "What fails for no reason outside is an error in the code, even where the next attempt ends well.",
        cause:
          causeOf({ kind: "stuck", why }) ??
          "Something is by chance, or Restate's context is used where it may not be.",
        next,
      });
    },
  };
}
