import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { expectCancelled } from "../shared/called.ts";
import type { Check } from "../shared/check.ts";
import { endsTheLoop } from "../shared/endless-model.ts";
import {
  answersWithWeather,
  askFor,
  expectOutageOutlasted,
  expectWeather,
  waitsForWeather,
} from "../shared/weather.ts";
import { holdAt, killAfter } from "../stage/failures.ts";
import type { Outcome } from "../stage/invocation.ts";
import { modelCalls } from "../stage/model-calls.ts";
import type { Mode } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import { cities } from "../stage/world/cities.ts";

const atlantis = "Atlantis";
/** What the tool says when the weather API does not know Atlantis. */
export const refusal = `No such city: ${atlantis}`;
const both: readonly Mode[] = ["normal", "always-replay"];

const wrongCallThrown =
  "A wrong call by the model was treated as a permanent failure of the tool. The model must be told: it then calls again.";

/** What an agent must do when a tool has failed permanently. */
export interface Answering {
  /** @throws {CheckFailed} unless the caller was told about the refusal as the exercise asks */
  expectTold(outcome: Outcome, when: string, mode: Mode): void;
  next: string;
}

/** The checks of an agent whose tool fails: for a while, permanently, or because of a cancellation. */
export function refusalChecks({ expectTold, next }: Answering) {
  return {
    answers: answersWithWeather(next),
    refused: {
      id: "refused",
      title: "ends when the tool fails permanently",
      modes: both,
      run: async (stage, _, mode) => {
        const invocation = await askFor(stage, atlantis);
        const when = "When the tool had failed permanently";
        expectTold(await invocation.outcome(), when, mode);
        expectNotAsked(stage, 1, when, next);
      },
    },
    refusedLater: {
      id: "refused-later",
      title: "also ends if the tool's second call fails",
      modes: both,
      run: async (stage, _, mode) => {
        const city = stage.choices().one(cities);
        const invocation = await askFor(stage, `${city} and ${atlantis}`);
        const when = "When the tool had answered once, and then failed permanently";
        expectTold(await invocation.outcome(), when, mode);
        expectNotAsked(stage, 2, when, next);
      },
    },
    refusedInCrash: {
      id: "refused-in-crash",
      title: "killed when the tool fails, also ends",
      modes: both,
      kills: "agent",
      run: async (stage, _, mode) => {
        stage.inject(killAfter("weather", 1));
        const invocation = await askFor(stage, atlantis);
        const when = "Killed before the tool's permanent failure arrived";
        expectTold(await invocation.outcome(), when, mode);
        expectNotAsked(stage, 1, when, next);
      },
    },
    outage: {
      id: "outage",
      title: "continues after an outage of the weather API",
      modes: both,
      run: (stage) => expectOutageOutlasted(stage, next),
    },
    wrongCall: {
      id: "wrong-call",
      title: "continues when the model calls the tool wrongly",
      modes: both,
      run: async (stage) => {
        const city = stage.choices().one(cities);
        stage.inject(modelCalls([[{ tool: "getWeather", input: { town: city } }]]));
        const invocation = await askFor(stage, city);
        const when =
          "When the model's first tool call had a wrong input, and its second a right one";
        const outcome = await invocation.outcome();
        const cause = outcome.kind === "failed" ? wrongCallThrown : undefined;
        expectWeather(stage, city, outcome, when, next, cause);
      },
    },
    endless: endsTheLoop({
      ask: (stage) => askFor(stage, stage.choices().one(cities)),
      callNth: (nth) => ({ tool: "getWeather", input: { city: cities[nth % cities.length] } }),
      next,
    }),
    hangs: waitsForWeather(next),
    cancelled: cancelledInTool(next),
  } as const satisfies Record<string, Check>;
}

/** An agent that is cancelled while its tool runs ends as cancelled, and does not call the model again. */
export function cancelledInTool(next: string): Check {
  return {
    id: "cancelled",
    title: "if cancelled in the tool, fails with 409",
    modes: both,
    run: async (stage, _, mode) => {
      const hold = stage.inject(holdAt("weather", 1));
      const invocation = await askFor(stage, stage.choices().one(cities));
      await invocation.untilSeen(() => stage.calls("weather")[0]);
      await invocation.cancel();
      // In always-replay, the agent only learns about it when its current call returns.
      if (mode === "always-replay") hold.lift();
      const outcome = await invocation.outcome();
      hold.lift();
      const when = "Cancelled while its tool was running";
      expectCancelled(outcome, when, next);
      expectNotAsked(stage, 1, when, next);
    },
  };
}

/** A question about two cities. The weather API refuses the second one. */
export const refusedLater: Scenario = async (stage, choices) => {
  const city = choices.one(cities);
  const invocation = await askFor(stage, `${city} and ${atlantis}`);
  return invocation.outcome();
};

function expectNotAsked(stage: Stage, most: number, when: string, next: string): void {
  const calls = stage.calls("model");
  if (calls.length <= most) return;
  throw new CheckFailed({
    did: `${when}, your agent called the model once more: ${calls.length} times in all.`,
    asks: "There is nothing left to ask: another model call costs money for nothing.",
    cause:
      new Set(calls.map((call) => call.asked)).size < calls.length
        ? "The model's answer was not kept across the crash, so it was asked for again."
        : "The loop continued after the tool had failed: your code looked for the failure only after the loop.",
    next,
  });
}

/** The error to throw if the caller was not told what the exercise asks. */
export function notTold(
  outcome: Outcome,
  { when, asks, cause, next }: { when: string; asks: string; cause: string; next: string },
): CheckFailed {
  return new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks,
    cause:
      outcome.kind === "stuck" && outcome.why.includes(refusal)
        ? "A permanent failure was turned into an ordinary error, which Restate retries forever."
        : (causeOf(outcome) ?? cause),
    next,
  });
}
