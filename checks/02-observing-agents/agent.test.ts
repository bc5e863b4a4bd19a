import { findRetrying } from "../../solutions/02-observing-agents/retrying.ts";
import { causes } from "../report/causes.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
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
import { wordsOf } from "../stage/told-outcome.ts";
import { cities } from "../stage/world/cities.ts";
import { scenario } from "./agent.scenario.ts";
import { askWithCard } from "./card.ts";

const next = "Fix agent.ts, then: npm run check 02 agent";
const attemptsToSee = 3;
// In milliseconds. Only a process in an endless loop takes longer to answer.
const answersWithin = 8000;
// What the context's console writes before each line: the time, the invocation and the level.
const beforeWords = /^\[restate\].*? [A-Z]+: /;
const whatForInName = /weather|forecast|temperature|meteo/i;

const named: Check = {
  id: "named",
  title: "gives each step a name that says what it does",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { city, invocation } = await expectAnswer(stage, next);
    const steps = await invocation.steps();
    if (steps.some(({ name }) => !/\p{L}{3}/u.test(name))) {
      throw new CheckFailed({
        did: "The journal of your agent's run has a step whose name says nothing.",
        asks: "Each step has a name that says what it does: operators see names, not code.",
        cause: "The step has no name, or only a number or a symbol.",
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
  title: "shows an operator what fails, for which city",
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
        did: `During a replay, your agent's steps did not fit its journal: ${tellMismatch(why)}`,
        asks: "A step has the same name in every attempt: Restate recognises it by its name.",
        cause: causeOfMisuse(why) ?? causes.otherStep,
        next,
      });
    }
    if (!saysFor(step, fails) || names(step, works)) {
      throw new CheckFailed({
        did: `While the weather API was down for ${fails}, Restate showed this failing step: ${step || "none"}.`,
        asks: `An operator sees from outside which city fails: ${fails}, and not ${works}.`,
        cause: "The step's name does not contain the city, or it contains other cities, too.",
        next,
      });
    }
    if (!/503|weather API/i.test(wordsOf(why))) {
      throw new CheckFailed({
        did: `While the weather API was down for ${fails}, Restate saw only this error: ${firstLine(why)}`,
        asks: "An operator sees from outside why the step fails: the weather API's own error.",
        cause: "The error is caught, and another error without its message is thrown instead.",
        next,
      });
    }
    if (!(Date.parse(since ?? "") >= begun)) {
      throw new Error(`The step started after ${begun} and has retried since ${since}.`);
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
    asks: "An outage is not an answer: the step retries, and an operator sees that it does.",
    cause: causeOf(outcome) ?? "The error was caught, or the step limits its attempts or its time.",
    next,
  });
}

const privateNames: Check = {
  id: "private-names",
  title: "puts no prompt or key into a name",
  modes: ["normal"],
  run: async (stage) => {
    const { invocation, card } = await askWithCard(stage, next);
    const names = (await invocation.steps()).map(({ name }) => name);
    const leaking = names.find((name) => name.includes(card) || name.includes(apiKey));
    if (leaking === undefined) return;
    throw new CheckFailed({
      did: `Your agent has a step named: ${leaking}`,
      asks: "A name contains no key, and none of the prompt except the tool's input: names go into logs and traces.",
      cause: "The step's name is made of the whole prompt, or contains the key.",
      next,
    });
  },
};

const logged: Check = {
  id: "logged",
  title: "logs the weather, and only once",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { city, when } = await expectAnswer(stage, next);
    await expectLoggedOnce(stage, city, when);
  },
};

const crashLogged: Check = {
  id: "crash-logged",
  title: "killed after logging, does not log again",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const { invocation, letGo } = await askAndHoldAnswer(stage, city);
    stage.agents.kill();
    letGo();
    const when = "Killed when the weather had arrived";
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

/** Whether a text contains a city, however it separates the words: `get-weather-new-york`. */
function names(text: string, city: string): boolean {
  const letters = (words: string) => words.toLowerCase().replace(/[^\p{L}\d]/gu, "");
  return letters(text).includes(letters(city));
}

function expectNameSays(names: readonly string[], city: string): void {
  if (names.some((name) => saysFor(name, city))) return;
  const list = names.map((name) => `"${name}"`).join(", ");
  throw new CheckFailed({
    did: `Asked for the weather in ${city}, your agent named its steps ${list}.`,
    asks: "The name of the tool's step says that it gets the weather, and for which city.",
    cause: names.some((name) => whatForInName.test(name))
      ? "The name is the same for every city, so ten such steps look alike."
      : "The weather is not fetched in a step of its own, or the step's name does not say what it does.",
    next,
  });
}

/** Starts a run and holds its last model call. All earlier results are journalled by then. */
async function askAndHoldAnswer(stage: Stage, city: string) {
  const hold = stage.inject(holdAt("model", 2));
  const invocation: Invocation = await askFor(stage, city);
  await invocation.untilSeen(() => stage.calls("model")[1]);
  return { invocation, letGo: () => hold.lift() };
}

/** Splits a log into entries. A long value continues on indented lines and ends with a closing bracket. */
function entriesOf(log: string): string[] {
  return log.split(/\n(?![\s\]})])/);
}

/** @throws {CheckFailed} unless the log has the city's weather, and no such line is repeated */
async function expectLoggedOnce(stage: Stage, city: string, when: string): Promise<void> {
  // The process answers after it has printed everything.
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
        ? `${when}, your agent wrote no log line with ${city} and its weather.`
        : `${when}, your agent wrote this log line ${times(count)}: ${repeated}`,
    asks: "An operator reads the line once, when the weather has arrived. A replay writes nothing.",
    cause:
      repeated === undefined
        ? "Nothing is logged, or only at a hidden level: info is shown, debug is hidden."
        : "Code outside steps runs again in every replay, and so does an ordinary console.log.",
    next,
  });
}
