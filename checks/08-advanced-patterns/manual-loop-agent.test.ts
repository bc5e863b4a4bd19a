import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { givesUpAsking } from "../shared/claims.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { answeredItems, itemsIn } from "../shared/model-items.ts";
import { outlastAnyLimit } from "../shared/outages.ts";
import { expectOneRequest, firstRequest, requestsOf, untilQuiet } from "../shared/reviews.ts";
import { expectPatience, expectTogether } from "../shared/side-by-side.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import {
  askFor,
  expectCalls,
  expectOutageOutlasted,
  expectWeather,
  readingOf,
  waitsForWeather,
} from "../shared/weather.ts";
import { holdOf, outageOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { modelCalls } from "../stage/model-calls.ts";
import type { Stage } from "../stage/stage.ts";
import { wordsOf } from "../stage/told-outcome.ts";
import { cities } from "../stage/world/cities.ts";
import { answerReview, askForAll, askForMany, chooseCities, mostUnasked } from "./loop.ts";
import { scenario } from "./manual-loop-agent.scenario.ts";

const next = "Fix manual-loop-agent.ts, then: npm run check 08 manual-loop-agent";
const mostRounds = 10;
const oneEndsAll =
  "One failed call ends the whole run, because nothing turns its failure into a value.";
const tool = "getWeather";

const answers: Check = {
  id: "answers",
  title: "answers with the weather of several cities",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const { chosen, invocation, letGo } = await startHeld(stage);
    await invocation.untilSeen(() => stage.calls("weather")[0]);
    if (mode === "normal") await expectPatience(stage, invocation, "weather", next);
    for (const city of chosen) letGo(city);
    expectAll(stage, chosen, await invocation.outcome(), "Asked for the weather in three cities");
  },
};

const sideBySide: Check = {
  id: "side-by-side",
  title: "makes the calls of a round at the same time",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { chosen, invocation, letGo } = await startHeld(stage);
    await expectTogether(stage, invocation, "weather", chosen.length, next);
    for (const city of chosen) letGo(city);
    expectAll(stage, chosen, await invocation.outcome(), "With all calls in flight together");
  },
};

const rounds: Check = {
  id: "rounds",
  title: "continues for as many rounds as the model wants",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const chosen = chooseCities(stage.choices(), 3);
    stage.inject(modelCalls([[{ tool, input: { city: chosen[0] } }]]));
    const invocation = await askForAll(stage, chosen);
    const when = "When the model asked for one city first, and then for the others";
    expectAll(stage, chosen, await invocation.outcome(), when);
    expectCalls(stage, { model: 3, weather: 3 }, when, next);
  },
};

const refused: Check = {
  id: "refused",
  title: "tells the model if a call failed permanently",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const invocation = await askFor(stage, `${city} and Atlantis`);
    const outcome = await invocation.outcome();
    const when = "When one of two calls had failed permanently";
    const cause = outcome.kind === "failed" ? oneEndsAll : undefined;
    expectWeather(stage, city, outcome, when, next, cause);
    expectWords(outcome, /No such city: Atlantis/, when);
    expectCalls(stage, { model: 2, weather: 2 }, when, next);
  },
};

const outage: Check = {
  id: "outage",
  title: "continues after an outage of the weather API",
  modes: ["normal", "always-replay"],
  run: (stage) => expectOutageOutlasted(stage, next),
};

const wrongCalls: Check = {
  id: "wrong-calls",
  title: "makes no invalid call",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const wrong = [
      { tool: "getTides", input: { city } },
      { tool, input: { town: city } },
    ];
    stage.inject(modelCalls([wrong, [...wrong, { tool, input: { city } }]]));
    const invocation = await askFor(stage, city);
    const outcome = await invocation.outcome();
    const when =
      "When the model had called one tool that does not exist, and another tool with a wrong input";
    expectToldOnce(stage, when);
    expectWeather(stage, city, outcome, when, next);
    expectCalls(stage, { model: 3, weather: 1 }, when, next);
  },
};

const capped: Check = {
  id: "capped",
  title: "fails after ten rounds, and says so",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const endless = stage.inject(modelCalls(endlessCalls()));
    const invocation = await askFor(stage, stage.choices().one(cities));
    const seen = await invocation.untilSeen(() => stage.calls("model")[mostRounds]);
    endless.lift();
    const called = stage.calls("model").length;
    if (!("kind" in seen)) {
      throw new CheckFailed({
        did: `After ${mostRounds} rounds without an answer, your agent asked the model again.`,
        asks: "The loop ends after ten rounds: a model that never finishes costs money until somebody stops it.",
        cause: "Only the model ends the loop, or something resets the count of rounds.",
        next,
      });
    }
    if (seen.kind === "failed" && saysWhy(seen) && called === mostRounds) return;
    throw new CheckFailed({
      did: `After ${called} rounds without an answer, your agent ${tellOutcome(seen)}`,
      asks: "The loop makes ten rounds. Then the invocation fails with an error that mentions them.",
      cause: saysWhy(seen)
        ? causeOfNoCap(stage, seen)
        : (causeOf(seen) ?? causeOfNoCap(stage, seen)),
      next,
    });
  },
};

const approved: Check = {
  id: "approved",
  title: "asks a human before a round of many calls",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { chosen, invocation } = await askForMany(stage, stage.choices());
    const { id } = await untilReview(stage, invocation);
    const holds = chosen.map((city) => stage.inject(holdOf("weather", city)));
    await stage.answerReview(id, true);
    await expectTogether(stage, invocation, "weather", chosen.length, next);
    for (const hold of holds) hold.lift();
    const outcome = await invocation.outcome();
    expectAll(stage, chosen, outcome, "When the human had approved four calls");
  },
};

const approvedEachTime: Check = {
  id: "approved-each-time",
  title: "asks again before the next round of many calls",
  modes: ["normal"],
  run: async (stage) => {
    const chosen = chooseCities(stage.choices(), mostUnasked + 1);
    const round = chosen.map((city) => ({ tool, input: { city } }));
    stage.inject(modelCalls([round, round]));
    const invocation = await askForAll(stage, chosen);
    const { id } = await untilReview(stage, invocation);
    await stage.answerReview(id, true);
    const made = () => stage.calls("weather").length;
    const seen = await invocation.untilSeen(() => {
      const [, again] = requestsOf(stage);
      return again !== undefined || made() > chosen.length ? { again } : undefined;
    });
    const again = "kind" in seen ? undefined : seen.again;
    if (again === undefined || made() > chosen.length) {
      throw new CheckFailed({
        did: "When the model wanted four calls again, your agent asked no human.",
        asks: "A human approves each round of more than three calls: a yes counts for one round.",
        cause: "The code remembers an earlier approval, or checks only the first round.",
        next,
      });
    }
    await stage.answerReview(again, true);
    const when = "When the human had approved four calls twice";
    expectAll(stage, chosen, await invocation.outcome(), when);
  },
};

const denied: Check = {
  id: "denied",
  title: "ends if the human says no",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { invocation } = await askForMany(stage, stage.choices());
    await untilReview(stage, invocation);
    const outcome = await answerReview(stage, invocation, false);
    const when = "When the human had denied four calls";
    if (stage.calls("weather").length > 0 || stage.calls("model").length > 1) {
      throw new CheckFailed({
        did: `${when}, your agent ${stage.calls("weather").length > 0 ? "made them" : "asked the model again"}.`,
        asks: "After a denial, no call is made and the model is not asked again.",
        cause: "The answer is not used, or the model is told about it and continues.",
        next,
      });
    }
    expectWords(outcome, /\w/, when);
  },
};

const crashAmongThem: Check = {
  id: "crash-among-them",
  title: "killed, keeps the results that arrived",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const { chosen, invocation, letGo } = await startHeld(stage);
    await expectTogether(stage, invocation, "weather", chosen.length, next);
    const [first, ...kept] = chosen;
    for (const city of kept) letGo(city);
    await invocation.untilKeptBut(1);
    stage.agents.kill();
    letGo(first);
    const when = "Killed with one of three calls unanswered";
    expectAll(stage, chosen, await invocation.outcome(), when);
    expectCalls(stage, { model: 2, weather: chosen.length + 1 }, when, next);
  },
};

const crashInApproval: Check = {
  id: "crash-in-approval",
  title: "killed while a human thinks, still waits",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const { chosen, invocation } = await askForMany(stage, stage.choices());
    await untilReview(stage, invocation);
    stage.agents.kill();
    const outcome = await answerReview(stage, invocation, true);
    const when = "Killed while the human thought about it";
    expectAll(stage, chosen, outcome, when);
    expectOneRequest(stage, when, next);
    expectCalls(stage, { model: 2, weather: chosen.length }, when, next);
  },
};

const reviewDown: Check = {
  id: "review-down",
  title: "asks when the review system is back",
  modes: ["normal"],
  run: async (stage) => {
    const outage = stage.inject(outageOf("review"));
    const { chosen, invocation } = await askForMany(stage, stage.choices());
    const when = "When the review system had been down for a day";
    const ended = await outlastAnyLimit(stage, invocation, "review", outage);
    if (stage.calls("review").length === 0) await untilReview(stage, invocation);
    const outcome = ended ?? (await answerReview(stage, invocation, true));
    const [city] = chosen;
    expectWeather(stage, city, outcome, when, next, givesUpAsking);
    expectCalls(stage, { model: 2, weather: chosen.length }, when, next);
  },
};

const cancelledInApproval: Check = {
  id: "cancelled-in-approval",
  title: "if cancelled, reports no denial",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { invocation } = await askForMany(stage, stage.choices());
    await untilReview(stage, invocation);
    await invocation.cancel();
    const outcome = await invocation.outcome();
    const denies = outcome.kind === "answered" && /den[iy]|declin/i.test(String(outcome.answer));
    const ended = outcome.kind !== "stuck" && !denies;
    if (ended && stage.calls("weather").length === 0 && stage.calls("model").length === 1) return;
    throw new CheckFailed({
      did: `Cancelled while a human thought about four calls, your agent ${tellOutcome(outcome)}`,
      asks: "A cancelled run ends: no call is made, and nobody is told about a denial that never came.",
      cause:
        causeOf(outcome) ??
        "Every error of the wait is treated as a denial. A CancelledError is not one.",
      next,
    });
  },
};

const cancelledInARound: Check = {
  id: "cancelled-in-a-round",
  title: "ends if cancelled in a round",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const { chosen, invocation, letGo } = await startHeld(stage);
    const letAllGo = () => chosen.forEach(letGo);
    const seen = await invocation.untilSeen(() => stage.calls("weather")[0]);
    if (!("kind" in seen)) await invocation.cancel();
    // In always-replay, the agent only learns about it when its current calls return.
    if (mode === "always-replay") letAllGo();
    const outcome = await invocation.outcome();
    letAllGo();
    if (outcome.kind !== "stuck" && stage.calls("model").length === 1) return;
    throw new CheckFailed({
      did: `Cancelled while it called the weather API, your agent ${tellOutcome(outcome)}`,
      asks: "A cancelled run ends, and the model is not asked again.",
      cause:
        causeOf(outcome) ??
        "The model was told about the CancelledError, as a failure of the calls.",
      next,
    });
  },
};

suite("08", "manual-loop-agent", [
  answers,
  twoAtOnce(scenario, next),
  sideBySide,
  refused,
  outage,
  waitsForWeather(next),
  rounds,
  wrongCalls,
  capped,
  approved,
  approvedEachTime,
  denied,
  crashAmongThem,
  crashInApproval,
  reviewDown,
  cancelledInApproval,
  cancelledInARound,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

/** Starts a run and holds its calls at the weather API until `letGo`. */
async function startHeld(stage: Stage) {
  const chosen = chooseCities(stage.choices(), mostUnasked);
  const holds = new Map(chosen.map((city) => [city, stage.inject(holdOf("weather", city))]));
  const invocation = await askForAll(stage, chosen);
  return { chosen, invocation, letGo: (city: string) => holds.get(city)?.lift() };
}

/** Model answers without end. Each one asks for the weather in another city. */
function* endlessCalls() {
  for (;;) for (const city of cities) yield [{ tool, input: { city } }];
}

/**
 * Waits until the human has been asked and the agent waits for the answer; returns the request's id.
 *
 * @throws {CheckFailed} if the agent asks nobody, or does not wait
 */
async function untilReview(stage: Stage, invocation: Invocation): Promise<{ id: string }> {
  const seen = await invocation.untilSeen(() => firstRequest(stage, invocation));
  if (!("kind" in seen)) await untilQuiet(stage, invocation);
  const made = stage.calls("weather").length;
  if (!("kind" in seen) && made === 0) return seen;
  throw new CheckFailed({
    did:
      "kind" in seen
        ? `When the model wanted four calls at once, your agent asked no human, and ${tellOutcome(seen)}`
        : `Before the human had answered, your agent made ${made} of the four calls.`,
    asks: "A round of more than three calls waits until a human has approved it.",
    cause:
      "kind" in seen
        ? (causeOf(seen) ?? "The calls of a round are not counted, or the limit is not three.")
        : "The calls are made without waiting for the answer.",
    next,
  });
}

/** @throws {CheckFailed} unless the answer has a line for each city with that city's weather */
function expectAll(stage: Stage, chosen: readonly string[], outcome: Outcome, when: string): void {
  for (const city of chosen) expectWeather(stage, city, outcome, when, next);
  const lines = outcome.kind === "answered" ? String(outcome.answer).split("\n") : [];
  const mixedUp = chosen.find((city) => {
    const { temperature, condition } = readingOf(stage, city);
    const line = lines.find((each) => each.includes(city)) ?? "";
    return !line.includes(String(temperature)) || !line.includes(condition);
  });
  if (mixedUp === undefined) return;
  throw new CheckFailed({
    did: `${when}, your agent gave the model another city's result for ${mixedUp}.`,
    asks: "Each result goes to the model as the result of its own call, no matter in which order they arrive.",
    cause: "Results are collected as they arrive, and not under the id of their call.",
    next,
  });
}

/** @throws {CheckFailed} unless the model was told exactly once how each of its calls ended */
function expectToldOnce(stage: Stage, when: string): void {
  const calls = stage.calls("model");
  for (const [nth, asked] of calls.entries()) {
    const told = calls[nth + 1];
    if (told === undefined) return;
    const outputs = itemsIn(told, calls).filter(({ type }) => type === "function_call_output");
    const made = answeredItems(asked).filter(({ type }) => type === "function_call");
    for (const { call_id } of made) {
      const times = outputs.filter((output) => output.call_id === call_id).length;
      if (times !== 1) throw toldWrongly(times, when);
    }
  }
}

function toldWrongly(times: number, when: string): CheckFailed {
  return new CheckFailed({
    did: `${when}, your agent gave the model ${times} results for one of the model's calls.`,
    asks: "The model learns about each of its calls once, including wrong ones.",
    cause:
      times === 0
        ? "Your next request to the model leaves out one of the messages in responseMessages."
        : "Your code answers an invalid call again. responseMessages already has its result.",
    next,
  });
}

/** Whether an outcome is an error that mentions the rounds. */
function saysWhy(outcome: Outcome): boolean {
  if (outcome.kind === "answered") return false;
  const words = outcome.kind === "failed" ? outcome.message : wordsOf(outcome.why);
  return /round|ten|10/i.test(words);
}

function causeOfNoCap(stage: Stage, outcome: Outcome): string {
  if (outcome.kind !== "stuck") return "The loop ends too early, or without saying why.";
  return requestsOf(stage).length === 0
    ? "Your code throws an ordinary error, which Restate retries forever. Throw a terminal error."
    : "It waits for a human, although a round of one call needs none.";
}

function expectWords(outcome: Outcome, words: RegExp, when: string): void {
  if (outcome.kind === "answered" && words.test(JSON.stringify(outcome.answer))) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "The caller gets an answer that says what went wrong.",
    cause: causeOf(outcome) ?? "An error ended the invocation, or its message was lost.",
    next,
  });
}
