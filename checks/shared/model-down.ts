import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome, wordsInAnyOrder } from "../report/outcome.ts";
import { madeBy, modelAnswers } from "../stage/failures.ts";
import type { Scenario } from "../stage/sweep.ts";
import type { Check } from "./check.ts";
import type { Mistake } from "./proof.ts";

/** The check of an agent whose model fails twice and then answers. */
export function asksModelAgain(scenario: Scenario, next: string): Check {
  return {
    id: "model-down",
    title: "retries after the model's 429 and 500",
    // In this mode, an error that only some attempts make has already failed the check calm.
    modes: ["always-replay"],
    run: async (stage) => {
      const calm = await scenario(stage, stage.choices());
      const alone = stage.calls("model").length;
      // Most agents ask the model themselves, and what they call may have other limits.
      const part = stage.calls("model").some(({ by }) => by === "agent") ? "agent" : "child";
      const enough = alone + 2;
      const failures = [429, 500].map((status) =>
        stage.inject(madeBy(part, modelAnswers(status, 1))),
      );
      const outcome = await scenario(stage, stage.choices());
      for (const failure of failures) failure.lift();
      const calls = stage.calls("model").length - alone;
      const isSame = wordsInAnyOrder(outcome) === wordsInAnyOrder(calm);
      if (isSame && calls <= enough) return;
      const when = "When the model had answered 429 and then 500";
      throw new CheckFailed({
        did: isSame
          ? `${when}, your agent called the model ${calls} times where ${enough} are enough.`
          : `${when}, your agent ${tellOutcome(outcome)}. Without these errors, it ${tellOutcome(calm)}`,
        asks: "If the model is down for a moment, only the failed call is repeated.",
        cause:
          causeOf(outcome) ??
          "The limit on attempts in durableCalls is too low, or what the model had answered is not kept.",
        next,
      });
    },
  };
}

/** The mistake of relying on the AI SDK's own retries, which Restate prevents. */
export function triesOnce(file: string): Mistake {
  return {
    id: "one-try-of-the-model",
    belief: "The AI SDK tries three times by itself, so Restate does not have to.",
    changes: [{ file, replace: [["maxRetryAttempts: 3 }", "maxRetryAttempts: 1 }"]] }],
    caughtBy: { check: "model-down", mode: "always-replay" },
    cause: /limit on attempts in durableCalls is too low/,
  };
}
