import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { tellMismatch } from "../report/restate-words.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { outlastAnyLimit } from "../shared/outages.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import {
  answersWithWeather,
  askFor,
  expectCalls,
  expectWeather,
  readingOf,
  saysWeather,
  waitsForWeather,
} from "../shared/weather.ts";
import { killAfter, killBefore, killServerAt, modelAnswers, outageOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import type { Stage } from "../stage/stage.ts";
import { wordsOf } from "../stage/told-outcome.ts";
import { cities } from "../stage/world/cities.ts";
import { scenario } from "./agent.scenario.ts";
import { withDenver } from "./denver.ts";

const next = "Fix agent.ts, then: npm run check 01";
// After this many calls without a failure that Restate knows, the learner's own code must be retrying.
const unheardRefusals = 30;

const crashBeforeWeather: Check = {
  id: "crash-before-weather",
  title: "killed in the tool, does not ask the model again",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    stage.inject(killBefore("weather", 1));
    const { outcome } = await finish(await askFor(stage, city));
    expectWeather(stage, city, outcome, "Killed when it called the weather API", next);
    expectCalls(stage, { model: 2, weather: 2 }, "Killed when it called the weather API", next);
  },
};

const crashAfterWeather: Check = {
  id: "crash-after-weather",
  title: "killed in the tool, repeats only the weather call",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    stage.inject(killAfter("weather", 1));
    const { outcome } = await finish(await askFor(stage, city));
    expectWeather(stage, city, outcome, "Killed before the weather API's answer arrived", next);
    expectCalls(
      stage,
      { model: 2, weather: 2 },
      "Killed before the weather API's answer arrived",
      next,
    );
  },
};

const crashInAnswer: Check = {
  id: "crash-in-answer",
  title: "killed in model call 2, repeats only that call",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    stage.inject(killBefore("model", 2));
    const { outcome } = await finish(await askFor(stage, city));
    expectWeather(stage, city, outcome, "Killed in its second model call", next);
    expectCalls(stage, { model: 3, weather: 1 }, "Killed in its second model call", next);
  },
};

const weatherOutage: Check = {
  id: "weather-outage",
  title: "retries until the weather API is back",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const outage = stage.inject(outageOf("weather"));
    const invocation = await askFor(stage, city);
    const row = await invocation.untilRestateSees(({ last_failure }) => {
      return last_failure !== undefined || stage.calls("weather").length >= unheardRefusals;
    });
    if ("kind" in row) throw gaveUp(stage, city, row);
    if (row.last_failure === undefined) {
      const why = `it called the weather API ${unheardRefusals} times, and Restate did not see a failure`;
      throw gaveUp(stage, city, { kind: "stuck", why });
    }
    const told = wordsOf(row.last_failure);
    if (isMismatch(told)) {
      throw new CheckFailed({
        did: `While the weather API was down, an attempt failed for another reason: ${tellMismatch(told)}`,
        asks: "Each attempt has the same steps, in the same order and with the same names.",
        cause:
          causeOf({ kind: "stuck", why: told }) ?? "Something differs from attempt to attempt.",
        next,
      });
    }
    if (!/503|weather API/i.test(told)) {
      throw new CheckFailed({
        did: `While the weather API was down, Restate saw only this error: ${told}`,
        asks: "Anyone who looks at the failing invocation must see the weather API's error.",
        cause: "The error is caught, and another error without its message is thrown instead.",
        next,
      });
    }

    const ended = await outlastAnyLimit(stage, invocation, "weather", outage);
    if (ended) throw gaveUp(stage, city, ended);
    const outcome = await invocation.outcome();
    expectWeather(stage, city, outcome, "Once the weather API was back", next);
    expectCalls(stage, { model: 2 }, "During an outage of the weather API", next);
  },
};

const restartWithFix: Check = {
  id: "restart-with-fix",
  title: "recovers after you fix the code and restart",
  modes: ["normal"],
  run: async (stage, folder) => {
    const failing = stage.prepare({ edits: withDenver("failing", folder) });
    const fixed = stage.prepare({ edits: withDenver("fixed", folder) });
    stage.restartAs(await failing);
    const invocation = await askFor(stage, "Denver");
    const row = await invocation.untilRestateSees(({ retry_count = 0 }) => retry_count >= 3);
    if ("kind" in row) throw gaveUp(stage, "Denver", row);

    stage.restartAs(await fixed);
    const outcome = await invocation.outcome();
    if (JSON.stringify(outcome).includes("down for Denver")) throw gaveUp(stage, "Denver", outcome);
    expectWeather(stage, "Denver", outcome, "Restarted with the line failOnDenver removed", next);
    expectCalls(stage, { model: 2, weather: 1 }, "Failing for Denver, then restarted", next);
  },
};

const modelErrors: Check = {
  id: "model-errors",
  title: "retries after the model's 429 and 500",
  modes: ["normal"],
  run: async (stage) => {
    const city = stage.choices().one(cities);
    stage.inject(modelAnswers(429, 1));
    stage.inject(modelAnswers(500, 1));
    const { outcome } = await finish(await askFor(stage, city));
    const when = "When the model had answered 429 and then 500";
    const cause =
      "The model's error was caught and replaced by an answer, or durableCalls allows too few attempts.";
    expectWeather(stage, city, outcome, when, next, cause);
    expectCalls(stage, { model: 4, weather: 1 }, when, next);
  },
};

const serverRestart: Check = {
  id: "server-restart",
  title: "resumes after the Restate server was killed",
  modes: ["normal"],
  killsServer: true,
  run: async (stage) => {
    const city = stage.choices().one(cities);
    stage.inject(killServerAt("weather", 1));
    const { outcome } = await finish(await askFor(stage, city));
    expectWeather(stage, city, outcome, "When the Restate server was killed and restarted", next);
    expectCalls(
      stage,
      { model: 2, weather: 2 },
      "When the Restate server was killed and restarted",
      next,
    );
  },
};

const refusedCity: Check = {
  id: "refused-city",
  title: "reports an unknown city, and does not retry",
  modes: ["normal"],
  run: async (stage) => {
    const { outcome } = await finish(await askFor(stage, "Atlantis"));
    const told = outcome.kind === "answered" ? String(outcome.answer) : tellOutcome(outcome);
    if (outcome.kind === "stuck" || !/no such city/i.test(told)) {
      throw new CheckFailed({
        did: `Asked about Atlantis, which the weather API refuses, your agent ${tellOutcome(outcome)}`,
        asks: "A refusal is permanent: the caller is told about it, and nobody retries.",
        cause:
          outcome.kind === "stuck"
            ? "The TerminalError that fetchWeather throws was turned into an ordinary error."
            : "The error that fetchWeather throws was caught, and its message was lost.",
        next,
      });
    }
    expectCalls(stage, { model: 2, weather: 1 }, "Asked about Atlantis", next);
  },
};

const journalledOnce: Check = {
  id: "journalled-once",
  title: "makes each call once, and keeps its answer",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const { outcome, invocation } = await finish(await askFor(stage, city));
    expectWeather(stage, city, outcome, `Asked for the weather in ${city}`, next);
    expectCalls(stage, { model: 2, weather: 1 }, "With nothing broken", next);

    const kept = await keptInJournal(stage, city, invocation);
    const missing = Object.entries(kept).flatMap(([what, isKept]) => (isKept ? [] : [what]));
    if (missing.length > 0) {
      throw new CheckFailed({
        did: `The journal of your agent's run does not contain ${missing.join(", nor ")}.`,
        asks: "Each answer from outside is in the journal, as the result of its own step.",
        cause: kept["the weather"]
          ? "The model is called outside any step, so Restate keeps no answer."
          : "The weather API is not called in a step, or the whole conversation is one step.",
        next,
      });
    }
  },
};

suite("01", "agent", [
  answersWithWeather(next),
  twoAtOnce(scenario, next),
  crashBeforeWeather,
  weatherOutage,
  waitsForWeather(next),
  crashAfterWeather,
  modelErrors,
  refusedCity,
  crashInAnswer,
  restartWithFix,
  journalledOnce,
  serverRestart,
  calm(scenario, next),
]);

async function finish(invocation: Invocation) {
  return { invocation, outcome: await invocation.outcome() };
}

function gaveUp(stage: Stage, city: string, outcome: Outcome): CheckFailed {
  return new CheckFailed({
    did: `While the weather API was down, your agent ${tellOutcome(outcome)}`,
    asks: "An outage is not an answer: the same invocation retries until the weather API is back.",
    cause: causeOf(outcome) ?? causeOfGivingUp(stage, city, outcome),
    next,
  });
}

function causeOfGivingUp(stage: Stage, city: string, outcome: Outcome): string {
  const calls = stage.calls("weather").length;
  if (outcome.kind === "stuck") {
    return "Your own code retries, in the step or around it, and Restate never sees the error.";
  }
  if (outcome.kind === "failed") {
    return "A limit on attempts ended the invocation, or your code made an ordinary error terminal.";
  }
  if (saysWeather(stage, city, outcome)) {
    return "The weather comes from an earlier run and is in a variable of the process: a crash loses it.";
  }
  if (calls > 1) {
    return "The step limits its attempts or its time. When the limit was reached, the model was told about a failure.";
  }
  return "The model got the error as the tool's answer: the error was caught, or was thrown outside a step.";
}

async function keptInJournal(stage: Stage, city: string, invocation: Invocation) {
  const steps = await invocation.steps();
  const callId = stage.calls("model")[0]?.answer.match(/"call_id":"([^"]+)"/)?.[1] ?? "";
  const { temperature, condition } = readingOf(stage, city);
  const holds = steps.map(({ kept: { result } = { result: "" } }) => ({
    request: result.includes(callId),
    weather: result.includes(condition) && result.includes(`${temperature}`),
    answer: result.includes(`The weather tool says of ${city}`),
  }));
  // A step's result may contain earlier answers. If it contains a later one, several answers share a step.
  return {
    "the model's request for the weather": holds.some((step) => step.request && !step.weather),
    "the weather": holds.some((step) => step.weather && !step.answer),
    "the model's last answer": holds.some((step) => step.answer),
  };
}
