import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { modelAnswers, outageOf } from "../stage/failures.ts";
import type { Outcome } from "../stage/invocation.ts";
import { type Check, suite } from "../stage/suite.ts";
import { cities } from "../stage/world/cities.ts";
import { askFor, expectCalls, expectWeather } from "../weather.ts";
import { cancelledInTool } from "./refusals.ts";

const next = "Mend retry-budget-agent.ts, then: npm run check 07 retry-budget-agent";
const modelBudget = 3;
const weatherBudget = 5;
const forGood = Number.POSITIVE_INFINITY;

const answers: Check = {
  id: "answers",
  title: "answers with the city's weather",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const invocation = await askFor(stage, city);
    const when = `Asked for the weather in ${city}`;
    expectWeather(stage, city, await invocation.outcome(), when, next);
  },
};

const modelDown: Check = {
  id: "model-down",
  title: "calls a model that stays down three times",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const down = stage.inject(modelAnswers(503, forGood));
    const invocation = await askFor(stage, stage.choices().one(cities));
    const seen = await invocation.untilSeen(() => stage.calls("model")[modelBudget]);
    down.lift();
    const calls = stage.calls("model").length;
    if (!("kind" in seen) || calls !== modelBudget) {
      const goesOn = "kind" in seen ? "" : ", and went on";
      throw new CheckFailed({
        did: `While the model was down, your agent called it ${calls} times${goesOn}.`,
        asks: "It is called three times in all: each call may cost money, also one that fails.",
        cause:
          calls > modelBudget
            ? "There is no limit of attempts, or one that is higher."
            : "The limit is lower: what the AI SDK's own maxRetries says is no part of it.",
        next,
      });
    }
    expectProvidersWords(seen, 503, "When the model stayed down");
  },
};

const modelRefuses: Check = {
  id: "model-refuses",
  title: "calls a model that refuses the request once",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    for (const [before, status] of [401, 400].entries()) {
      const refusing = stage.inject(modelAnswers(status, forGood));
      const invocation = await askFor(stage, stage.choices().one(cities));
      const seen = await invocation.untilSeen(() => stage.calls("model")[before + 1]);
      refusing.lift();
      if (!("kind" in seen)) {
        throw new CheckFailed({
          did: `When the model had refused the request with ${status}, your agent made it again.`,
          asks: "What is refused with 401 or 400 is refused each time: it is asked for once.",
          cause: "All errors of the model are taken for such as pass.",
          next,
        });
      }
      expectProvidersWords(seen, status, `When the model refused the request with ${status}`);
    }
  },
};

const modelBusy: Check = {
  id: "model-busy",
  title: "asks again when the model has had enough for now",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    stage.inject(modelAnswers(429, 1));
    const city = stage.choices().one(cities);
    const invocation = await askFor(stage, city);
    const when = "When the model had answered 429 once";
    expectWeather(stage, city, await invocation.outcome(), when, next);
    expectCalls(stage, { model: 3, weather: 1 }, when, next);
  },
};

const weatherDown: Check = {
  id: "weather-down",
  title: "tries the weather API five times, then goes on",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const down = stage.inject(outageOf("weather"));
    const invocation = await askFor(stage, stage.choices().one(cities));
    const seen = await invocation.untilSeen(() => stage.calls("weather")[weatherBudget]);
    down.lift();
    const calls = stage.calls("weather").length;
    if (!("kind" in seen) || calls !== weatherBudget) {
      const goesOn = "kind" in seen ? "" : ", and went on";
      throw new CheckFailed({
        did: `While the weather API was down, your agent called it ${calls} times${goesOn}.`,
        asks: "It is tried five times in all, and then the agent goes on without it.",
        cause:
          calls > weatherBudget
            ? "The tool's step has no limit of attempts, or a higher one."
            : "The step's limit is lower, or its error was caught inside the step.",
        next,
      });
    }
    if (seen.kind === "answered" && String(seen.answer) !== "") return;
    throw new CheckFailed({
      did: `When the weather API had failed five times, your agent ${tellOutcome(seen)}`,
      asks: "The model is told that the weather is not known, and answers without it.",
      cause:
        causeOf(seen) ?? "The step's last error ended the agent, where the tool was to catch it.",
      next,
    });
  },
};

const shortOutage: Check = {
  id: "short-outage",
  title: "has the weather after a short outage",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const outage = stage.inject(outageOf("weather"));
    const city = stage.choices().one(cities);
    const invocation = await askFor(stage, city);
    await invocation.untilSeen(() => stage.calls("weather")[weatherBudget - 2]);
    outage.lift();
    const when = "When the weather API had been down for a moment";
    expectWeather(stage, city, await invocation.outcome(), when, next);
  },
};

suite("07", "retry-budget-agent", [
  answers,
  modelDown,
  modelRefuses,
  modelBusy,
  weatherDown,
  shortOutage,
  cancelledInTool(next),
]);

/** @throws {CheckFailed} unless it failed with what the model's provider said */
function expectProvidersWords(outcome: Outcome, status: number, when: string): void {
  if (outcome.kind === "failed" && outcome.message.includes(`The model answers ${status}`)) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "The invocation fails, and whoever reads it finds what the model's provider said.",
    cause:
      causeOf(outcome) ??
      "The error was caught, or another one was thrown in its place, without its words.",
    next,
  });
}
