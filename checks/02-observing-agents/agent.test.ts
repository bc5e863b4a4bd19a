import { findRetrying } from "../../solutions/02-observing-agents/retrying.ts";
import { causes } from "../report/causes.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome, wordsOf } from "../report/outcome.ts";
import { causeOfMisuse, tellMismatch } from "../report/restate-words.ts";
import { times } from "../report/times.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { outlastAnyLimit } from "../shared/outages.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import {
  answersWithWeather,
  askFor,
  expectAnswer,
  expectWeather,
  readingOf,
} from "../shared/weather.ts";
import { apiKey } from "../stage/agent-environment.ts";
import { holdAt, outageOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import type { Stage } from "../stage/stage.ts";
import { cities } from "../stage/world/cities.ts";
import { scenario } from "./agent.scenario.ts";
import { askWithCard } from "./card.ts";

const next = "Fix agent.ts, then: npm run check 02 agent";
const attemptsToSee = 3;
// Milliseconds in which a process answers that is not in an endless loop.
const answersWithin = 3000;
// The time, the invocation and the level, which the context's console puts before each line.
const beforeWords = /^\[restate\].*? [A-Z]+: /;
const whatForInName = /weather|forecast|temperature|meteo/i;

const named: Check = {
  id: "named",
  title: "has a name for each step that says what for",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { city, invocation } = await expectAnswer(stage, next);
    const steps = await invocation.steps();
    if (steps.some(({ name }) => !/\p{L}{3}/u.test(name))) {
      throw new CheckFailed({
        did: "The journal of your agent's run has a step whose name says nothing.",
        asks: "Each step has a name that says what it is for: operators see names, and not code.",
        cause: "The step is run without a name, or with a number or a sign for one.",
        next,
      });
    }
    expectNameSays(
      steps.map(({ name }) => name),
      city,
    );
  },
};

const failingStep: Check = {
  id: "failing-step",
  title: "tells from outside what fails, and where",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const [works, fails] = twoCities(stage);
    const outage = stage.inject(outageOf("weather", fails));
    const begun = Date.now();
    const invocation = await askFor(stage, `${works} and ${fails}`);
    const row = await invocation.untilRestateSees(
      ({ retry_count = 0, last_failure }) =>
        last_failure !== undefined && retry_count > attemptsToSee,
    );
    if ("kind" in row) throw gaveUp(fails, row);
    const seen = (await findRetrying(stage.server.adminUrl)).find(
      (each) => each.invocation === row.id,
    );
    const { step = "", why = row.last_failure ?? "", since } = seen ?? {};
    if (isMismatch(why)) {
      throw new CheckFailed({
        did: `On a replay your agent's steps did not fit its journal: ${tellMismatch(why)}`,
        asks: "A step has the same name each time: by that Restate knows it again.",
        cause: causeOfMisuse(why) ?? causes.otherStep,
        next,
      });
    }
    if (!saysFor(step, fails) || names(step, works)) {
      throw new CheckFailed({
        did: `While the weather API was down for ${fails}, Restate showed as failing: ${step || "no step"}.`,
        asks: `Whoever looks from outside finds that it is the weather in ${fails}, and not in ${works}.`,
        cause: "The step's name leaves the city out, or has more in it than its own city.",
        next,
      });
    }
    if (!/503|weather API/i.test(wordsOf(why))) {
      throw new CheckFailed({
        did: `While the weather API was down for ${fails}, Restate was told only: ${firstLine(why)}`,
        asks: "Whoever looks from outside finds why it fails: the weather API's own error.",
        cause: "The error is caught and another one, without its words, is thrown in its place.",
        next,
      });
    }
    if (!(Date.parse(since ?? "") >= begun)) {
      throw new Error(`The step is retrying since ${since}, and was begun after ${begun}.`);
    }
    const ended = await outlastAnyLimit(stage, invocation, "weather", outage);
    if (ended) throw gaveUp(fails, ended);
    const when = "Once the weather API was back";
    expectWeather(stage, fails, await invocation.outcome(), when, next);
  },
};

function gaveUp(city: string, outcome: Outcome): CheckFailed {
  return new CheckFailed({
    did: `While the weather API was down for ${city}, your agent ${tellOutcome(outcome)}`,
    asks: "An outage is no answer: the step tries on, and whoever looks sees that it does.",
    cause:
      causeOf(outcome) ?? "The error was caught, or the step has a limit of attempts or of time.",
    next,
  });
}

const privateNames: Check = {
  id: "private-names",
  title: "puts no prompt and no key into a name",
  modes: ["normal"],
  run: async (stage) => {
    const { invocation, card } = await askWithCard(stage, next);
    const names = (await invocation.steps()).map(({ name }) => name);
    const leaking = names.find((name) => name.includes(card) || name.includes(apiKey));
    if (leaking === undefined) return;
    throw new CheckFailed({
      did: `Your agent has a step named: ${leaking}`,
      asks: "No key is in a name, and nothing of the prompt but what the tool was asked for.",
      cause: "Names go into logs, metrics and traces, where more people look than into a journal.",
      next,
    });
  },
};

const logged: Check = {
  id: "logged",
  title: "writes the weather to the log, and once",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { city, when } = await expectAnswer(stage, next);
    await expectLoggedOnce(stage, city, when);
  },
};

const crashLogged: Check = {
  id: "crash-logged",
  title: "killed after that, writes it no second time",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const { invocation, letGo } = await askAndHoldAnswer(stage, city);
    stage.agents.kill();
    letGo();
    const when = "Killed when the weather had come";
    expectWeather(stage, city, await invocation.outcome(), when, next);
    await expectLoggedOnce(stage, city, when);
  },
};

suite("02", "agent", [
  answersWithWeather(next),
  twoAtOnce(scenario, next),
  named,
  failingStep,
  privateNames,
  logged,
  crashLogged,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

function twoCities(stage: Stage): [string, string] {
  const works = stage.choices().one(cities);
  const place = cities.indexOf(works);
  return [works, cities[(place + 7) % cities.length] ?? works];
}

function saysFor(name: string, city: string): boolean {
  return whatForInName.test(name) && names(name, city);
}

/** Whether a text has a city in it, however it writes its words: `get-weather-new-york`. */
function names(text: string, city: string): boolean {
  const letters = (words: string) => words.toLowerCase().replace(/[^\p{L}\d]/gu, "");
  return letters(text).includes(letters(city));
}

function expectNameSays(names: readonly string[], city: string): void {
  if (names.some((name) => saysFor(name, city))) return;
  const list = names.map((name) => `"${name}"`).join(", ");
  throw new CheckFailed({
    did: `Asked for the weather in ${city}, your agent has named its steps ${list}.`,
    asks: "The name of the tool's step says that it is the weather, and in which city.",
    cause: names.some((name) => whatForInName.test(name))
      ? "The name is the same for every city, so that ten of them in a list are all alike."
      : "The weather is fetched in no step of its own, or its step's name does not say what it is for.",
    next,
  });
}

/** A run in which the model's last answer is held, and all before it is kept. */
async function askAndHoldAnswer(stage: Stage, city: string) {
  const hold = stage.inject(holdAt("model", 2));
  const invocation: Invocation = await askFor(stage, city);
  await invocation.untilSeen(() => stage.calls("model")[1]);
  await stage.untilRest();
  return { invocation, letGo: () => hold.lift() };
}

/** The entries of a log: Node writes a value that is long over several lines, indented but for the last. */
function entriesOf(log: string): string[] {
  return log.split(/\n(?![\s\]})])/);
}

/** @throws {CheckFailed} unless the log tells of the city's weather, and no such line is repeated */
async function expectLoggedOnce(stage: Stage, city: string, when: string): Promise<void> {
  // Its answer comes after all that it has printed.
  await stage.agents.live?.responds(answersWithin);
  const { temperature, condition } = readingOf(stage, city);
  const telling = entriesOf(stage.log)
    .map((entry) => entry.replace(beforeWords, ""))
    .filter((entry) => names(entry, city) && !/Error when processing/.test(entry))
    .filter((entry) => entry.includes(`${temperature}`) || entry.includes(condition));
  const repeated = telling.find((line, place) => telling.indexOf(line) !== place);
  if (telling.length > 0 && repeated === undefined) return;
  const count = telling.filter((line) => line === repeated).length;
  throw new CheckFailed({
    did:
      repeated === undefined
        ? `${when}, your agent wrote no line to the log that has ${city} and its weather.`
        : `${when}, your agent wrote this line to the log ${times(count)}: ${repeated}`,
    asks: "An operator reads it once, when the weather has come: a replay is no news.",
    cause:
      repeated === undefined
        ? "Nothing is written, or at a level that is not shown: info is, debug is not."
        : "Code outside of steps runs again on each replay, and an ordinary console with it.",
    next,
  });
}
