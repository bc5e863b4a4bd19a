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
import { holdAt, killAfter, modelCalls } from "../stage/failures.ts";
import type { Outcome } from "../stage/invocation.ts";
import type { Mode } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import { cities } from "../stage/world/cities.ts";

const atlantis = "Atlantis";
/** Why the weather API has nothing on Atlantis, in the tool's words. */
export const refusal = `No such city: ${atlantis}`;
const both: readonly Mode[] = ["normal", "always-replay"];

const wrongCallThrown =
  "A wrong call by the model was treated as a permanent failure of the tool. The model must be told: it then calls again.";

/** What an agent is to do with a tool that has failed permanently. */
export interface Answering {
  /** @throws {CheckFailed} unless whoever called was told of the refusal, in the way that is asked */
  expectTold(outcome: Outcome, when: string, mode: Mode): void;
  next: string;
}

/** The checks of an agent whose tool fails: for a time, permanently, and because of a cancellation. */
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
      title: "also ends after a call that succeeded",
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
      title: "also ends if killed when the tool fails",
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
        const when = "When the model had called the tool with a wrong input, and then again";
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

/** Who is cancelled while a tool is at work ends as cancelled, and the model hears nothing of it. */
export function cancelledInTool(next: string): Check {
  return {
    id: "cancelled",
    title: "cancelled in the tool, ends as cancelled",
    modes: both,
    run: async (stage, _, mode) => {
      const hold = stage.inject(holdAt("weather", 1));
      const invocation = await askFor(stage, stage.choices().one(cities));
      await invocation.untilSeen(() => stage.calls("weather")[0]);
      await invocation.cancel();
      // In always-replay, it learns of it when the call that it is in returns.
      if (mode === "always-replay") hold.lift();
      const outcome = await invocation.outcome();
      hold.lift();
      const when = "Cancelled while its tool was running";
      expectCancelled(outcome, when, next);
      expectNotAsked(stage, 1, when, next);
    },
  };
}

/** A question of which the second half is refused. */
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
        : "The loop continued after the tool had failed: your code checked only at its end.",
    next,
  });
}

/** The failure of a check of what whoever called was told. */
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
