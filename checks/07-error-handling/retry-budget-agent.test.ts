import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { times } from "../report/times.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { answersWithWeather, askFor, expectCalls, expectWeather } from "../shared/weather.ts";
import { killBefore, modelAnswers, outageOf } from "../stage/failures.ts";
import type { Outcome } from "../stage/invocation.ts";
import { cities } from "../stage/world/cities.ts";
import { cancelledInTool } from "./refusals.ts";
import { scenario } from "./retry-budget-agent.scenario.ts";

const next = "Fix retry-budget-agent.ts, then: npm run check 07 retry-budget-agent";
const modelBudget = 3;
const weatherBudget = 5;
const forGood = Number.POSITIVE_INFINITY;

const modelDown: Check = {
  id: "model-down",
  title: "makes three calls to a model that is down",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const down = stage.inject(modelAnswers(503, forGood));
    const invocation = await askFor(stage, stage.choices().one(cities));
    const seen = await invocation.untilSeen(() => stage.calls("model")[modelBudget]);
    down.lift();
    const calls = stage.calls("model").length;
    expectNoLongWaits(seen);
    if (!("kind" in seen) || calls !== modelBudget) {
      const goesOn = "kind" in seen ? "" : ", and continued";
      throw new CheckFailed({
        did: `While the model was down, your agent called it ${times(calls)}${goesOn}.`,
        asks: "It is called three times in all: each call may cost money, even one that fails.",
        cause:
          calls > modelBudget
            ? "The limit on attempts is missing or too high."
            : "The limit is lower (the AI SDK's maxRetries adds nothing to it), or a 503 is treated as permanent.",
        next,
      });
    }
    expectProvidersWords(seen, 503, "When the model stayed down");
  },
};

const modelRefuses: Check = {
  id: "model-refuses",
  title: "makes one call if the model refuses it",
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
          asks: "A request that is refused with 401 or 400 is refused every time, so make it only once.",
          cause: `An error with ${status} is treated as a temporary one.`,
          next,
        });
      }
      expectProvidersWords(seen, status, `When the model refused the request with ${status}`);
    }
  },
};

const modelBusy: Check = {
  id: "model-busy",
  title: "retries when the model is rate-limited",
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
  title: "stops after five attempts at the weather API",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const down = stage.inject(outageOf("weather"));
    const invocation = await askFor(stage, stage.choices().one(cities));
    const seen = await invocation.untilSeen(() => stage.calls("weather")[weatherBudget]);
    down.lift();
    const calls = stage.calls("weather").length;
    expectNoLongWaits(seen);
    if (!("kind" in seen) || calls !== weatherBudget) {
      const goesOn = "kind" in seen ? "" : ", and continued";
      throw new CheckFailed({
        did: `While the weather API was down, your agent called it ${times(calls)}${goesOn}.`,
        asks: "It is called five times in all, and then the agent continues without it.",
        cause:
          calls > weatherBudget
            ? "The step's limit on attempts is missing or too high."
            : "The step's limit is below five, or its error is caught inside the step or treated as permanent.",
        next,
      });
    }
    expectAnswerWithout(seen, "When the weather API had failed five times");
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

const crashInOutage: Check = {
  id: "crash-in-outage",
  title: "killed, still counts earlier attempts",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    // If two failures match the same call, the one that was injected first strikes.
    const kill = stage.inject(killBefore("weather", 3));
    const down = stage.inject(outageOf("weather"));
    const invocation = await askFor(stage, stage.choices().one(cities));
    const seen = await invocation.untilSeen(() => stage.calls("weather")[weatherBudget + 1]);
    const killed = !kill.standing;
    kill.lift();
    down.lift();
    const calls = stage.calls("weather").length;
    if (!killed) {
      throw new CheckFailed({
        did: `In an outage, your agent called the weather API ${times(calls)}, and never a third time.`,
        asks: "It is called five times in all, with or without a crash.",
        cause: "The step's limit is below five, or its error is caught inside the step.",
        next,
      });
    }
    if ("kind" in seen && seen.kind === "answered") return;
    throw new CheckFailed({
      did: `Killed in its third attempt, your agent ${
        "kind" in seen
          ? tellOutcome(seen)
          : `called the weather API ${times(calls)}, and continued.`
      }`,
      asks: "A crash costs one attempt at most. Earlier attempts still count. After the fifth, the agent continues without the weather.",
      cause:
        "Your own code counts and a crash deletes the count, or the limit is for the whole run.",
      next,
    });
  },
};

const budgetPerCall: Check = {
  id: "budget-per-call",
  title: "has a separate limit for each call",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    stage.inject(modelAnswers(503, modelBudget - 1));
    const outage = stage.inject(outageOf("weather"));
    const city = stage.choices().one(cities);
    const invocation = await askFor(stage, city);
    await invocation.untilSeen(() => stage.calls("weather")[weatherBudget - 2]);
    stage.inject(modelAnswers(503, modelBudget - 1));
    outage.lift();
    const when = "When each call had failed, but less often than its limit";
    expectWeather(stage, city, await invocation.outcome(), when, next);
  },
};

const refusedCity: Check = {
  id: "refused-city",
  title: "asks once for a city that does not exist",
  modes: ["normal"],
  run: async (stage) => {
    const invocation = await askFor(stage, "Atlantis");
    const seen = await invocation.untilSeen(() => stage.calls("weather")[1]);
    if ("kind" in seen) return expectAnswerWithout(seen, "Asked about a city that does not exist");
    throw new CheckFailed({
      did: "Asked about a city that does not exist, your agent called the weather API again.",
      asks: "A refusal is not an outage: it is permanent, and uses none of the budget.",
      cause: "The TerminalError that fetchWeather throws was turned into an ordinary error.",
      next,
    });
  },
};

suite("07", "retry-budget-agent", [
  answersWithWeather(next),
  twoAtOnce(scenario, next),
  modelDown,
  modelRefuses,
  modelBusy,
  weatherDown,
  shortOutage,
  budgetPerCall,
  refusedCity,
  crashInOutage,
  cancelledInTool(next),
  calm(scenario, next),
]);

/** @throws {CheckFailed} if the next attempt was still to come when the check stopped waiting */
function expectNoLongWaits(seen: object): void {
  if (!("why" in seen) || !/still backing-off/.test(String(seen.why))) return;
  throw new CheckFailed({
    did: "Between its attempts, your agent waits so long that this check has stopped waiting.",
    asks: "All attempts must fit into a few seconds here, because the check counts them.",
    cause: "The intervals are long, which may be right elsewhere. The defaults are short enough.",
    next,
  });
}

/** @throws {CheckFailed} unless the agent answered, and without a temperature */
function expectAnswerWithout(outcome: Outcome, when: string): void {
  const text = outcome.kind === "answered" ? String(outcome.answer) : "";
  if (text !== "" && !/\d ?°/.test(text)) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "The model is told that the weather is not known, and answers without it.",
    cause:
      (text === "" ? undefined : "The fallback contains an invented temperature.") ??
      causeOf(outcome) ??
      "The step's error ended the agent: the tool must catch it.",
    next,
  });
}

/** @throws {CheckFailed} unless the invocation failed with the message of the model's provider */
function expectProvidersWords(outcome: Outcome, status: number, when: string): void {
  if (outcome.kind === "failed" && outcome.message.includes(`The model answers ${status}`)) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "The invocation fails with the message of the model's provider.",
    cause:
      causeOf(outcome) ??
      "The error was caught, or another error without its message was thrown instead.",
    next,
  });
}
