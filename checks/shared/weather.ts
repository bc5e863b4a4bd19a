import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, causeOfNoWords, tellOutcome } from "../report/outcome.ts";
import { holdAt, outageOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import { cities } from "../stage/world/cities.ts";
import { type Weather, weatherIn } from "../stage/world/weather.ts";
import type { Check } from "./check.ts";
import { outlastAnyLimit } from "./outages.ts";
import { letADayPass, limitInTime, shortenDays } from "./short-days.ts";

/** Asks the agent for the weather in a city, or in several: `Oslo and Rome`. */
export function askFor(stage: Stage, city: string): Promise<Invocation> {
  return stage.invoke("run", { prompt: `What is the weather like in ${city}?` });
}

/**
 * Asks for the weather in some city, with nothing broken.
 *
 * @throws {CheckFailed} unless the agent answers with it
 */
export async function expectAnswer(stage: Stage, next: string) {
  const city = stage.choices().one(cities);
  const invocation = await askFor(stage, city);
  const when = `Asked for the weather in ${city}`;
  expectWeather(stage, city, await invocation.outcome(), when, next);
  return { city, invocation, when };
}

/** The check of an agent with nothing broken. */
export function answersWithWeather(next: string): Check {
  return {
    id: "answers",
    title: "answers with the city's weather",
    modes: ["normal", "always-replay"],
    run: async (stage) => {
      await expectAnswer(stage, next);
    },
  };
}

/** One question about the weather, from the call to the outcome. */
export const weatherAnswered: Scenario = async (stage, choices) => {
  const invocation = await askFor(stage, choices.one(cities));
  return invocation.outcome();
};

/** Whether the answer contains what the weather API says about the city. */
export function saysWeather(stage: Stage, city: string, outcome: Outcome): boolean {
  if (outcome.kind !== "answered") return false;
  const text = String(outcome.answer);
  const { temperature, condition } = readingOf(stage, city);
  return text.includes(String(temperature)) && text.includes(condition);
}

/** What the weather API says about a city. */
export function readingOf(stage: Stage, city: string): Weather {
  const weather = weatherIn(city, stage.seed);
  if (weather === undefined) throw new Error(`The simulated world has no weather for ${city}.`);
  return weather;
}

/**
 * @param cause the likely cause of an answer without the weather, if what was broken suggests one
 * @throws {CheckFailed} unless the agent has answered with the city's weather
 */
export function expectWeather(
  stage: Stage,
  city: string,
  outcome: Outcome,
  when: string,
  next: string,
  cause?: string,
): void {
  if (saysWeather(stage, city, outcome)) return;
  const { temperature, condition } = readingOf(stage, city);
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: `It must answer with the weather API's answer for ${city}: ${temperature}°C, ${condition}.`,
    cause:
      causeOf(outcome) ??
      cause ??
      causeOfNoWords(outcome) ??
      causeOfOtherWords(stage, city, outcome) ??
      causeOfWrongWeather(outcome),
    next,
  });
}

/** The cause if the model has said what is asked for, but the agent has not. */
function causeOfOtherWords(stage: Stage, city: string, outcome: Outcome): string | undefined {
  const { temperature, condition } = readingOf(stage, city);
  const said = stage.calls("model").at(-1)?.answer ?? "";
  const hasSaid = said.includes(`${temperature}`) && said.includes(condition);
  if (outcome.kind !== "answered" || !hasSaid) return undefined;
  return outcome.answer === undefined
    ? "The handler returns nothing, although the model has answered. Perhaps it reads a step's result: Restate keeps a step's result as JSON, which loses methods and getters such as generateText's text."
    : "The answer is not what the model said.";
}

function causeOfWrongWeather(outcome: Outcome): string {
  if (outcome.kind !== "answered") {
    return "A temporary error was treated as permanent, or an error is thrown in every attempt.";
  }
  return /answered 503|fetch failed/.test(JSON.stringify(outcome.answer))
    ? "The outage was treated as the tool's answer: the error was caught, the step has a limit, or there is no step."
    : "The prompt does not reach the model, or the tool does not return the weather.";
}

/**
 * Asks for the weather while the weather API is down, and ends the outage when any limit is reached.
 *
 * @throws {CheckFailed} unless the agent then answers, with no more model calls than usual
 */
export async function expectOutageOutlasted(stage: Stage, next: string): Promise<void> {
  const city = stage.choices().one(cities);
  const outage = stage.inject(outageOf("weather"));
  const invocation = await askFor(stage, city);
  const ended = await outlastAnyLimit(stage, invocation, "weather", outage);
  const when = "When the weather API had been down for a day";
  expectWeather(stage, city, ended ?? (await invocation.outcome()), when, next);
  expectCalls(stage, { model: 2 }, when, next);
}

/** The check of an agent whose tool call gets no answer for a day. */
export function waitsForWeather(next: string): Check {
  return {
    id: "weather-hangs",
    title: "waits for a weather API that hangs",
    modes: ["normal"],
    run: async (stage) => {
      await shortenDays(stage);
      const hang = stage.inject(holdAt("weather", 1));
      const city = stage.choices().one(cities);
      const invocation = await askFor(stage, city);
      const seen = await invocation.untilSeen(() =>
        stage.calls("weather").find(({ held }) => held),
      );
      if (!("kind" in seen)) await letADayPass(stage, invocation);
      hang.lift();
      const when = "When the weather API had hung for a day";
      expectWeather(stage, city, await invocation.outcome(), when, next, limitInTime);
      expectCalls(stage, { model: 2 }, when, next);
    },
  };
}

/**
 * @param most how many calls are right at most, including calls that a kill interrupted
 * @throws {CheckFailed} if there were more
 */
export function expectCalls(
  stage: Stage,
  most: { model: number; weather?: number },
  when: string,
  next: string,
): void {
  const asked = stage.calls("model").length;
  if (asked > most.model) {
    throw new CheckFailed({
      did: `${when}, your agent called the model ${asked} times where ${most.model} are enough.`,
      asks: "What the model has answered is kept: after a restart, the agent does not ask for it again.",
      cause:
        "The model is called outside any step, or the whole conversation is one step: if it is interrupted, it starts again from the beginning.",
      next,
    });
  }
  const called = stage.calls("weather").length;
  if (most.weather !== undefined && called > most.weather) {
    throw new CheckFailed({
      did: `${when}, your agent called the weather API ${called} times where ${most.weather} are enough.`,
      asks: "What the weather API has answered is kept: only a call that was interrupted is made again.",
      cause: "The weather API is called outside any step, or several times in one step.",
      next,
    });
  }
}
