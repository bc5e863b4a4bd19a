import { setTimeout as pause } from "node:timers/promises";
import { CheckFailed } from "../report/check-failed.ts";
import { calm } from "../shared/calm.ts";
import { CannotTell, type Check } from "../shared/check.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { untilCalm } from "../shared/side-by-side.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import {
  answersWithWeather,
  askFor,
  expectAnswer,
  expectCalls,
  expectWeather,
} from "../shared/weather.ts";
import { apiKey } from "../stage/agent-environment.ts";
import type { StageEvent } from "../stage/events.ts";
import { holdAt, killBefore } from "../stage/failures.ts";
import type { Stage } from "../stage/stage.ts";
import type { Span, Trouble } from "../stage/traces/receiver.ts";
import { cities } from "../stage/world/cities.ts";
import { askWithCard } from "./card.ts";
import { scenario } from "./tracing-agent.scenario.ts";

const next = "Fix tracing-agent.ts, then: npm run check 02 tracing-agent";
// If this many looks, 20 ms apart, find no new span, no more will come.
const quietLooks = 40;

const realCalls: Check = {
  id: "real-calls",
  title: "has a span for each real call",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { invocation } = await expectAnswer(stage, next);
    const steps = (await invocation.steps()).map(({ name }) => name);
    const spans = await untilSpans(stage, (sent) => {
      const attempts = sent.filter(({ isTop }) => isTop).length;
      return attempts >= invocation.attempts && missingStep(steps, sent) === undefined;
    });
    const missing = missingStep(steps, spans);
    if (missing !== undefined) {
      throw new CheckFailed({
        did: `Your agent ran the step "${missing}", but no span under an attempt's span has that name.`,
        asks: "Each call that is really made has a span with the step's name, below the attempt's span.",
        cause:
          spans.length === 0
            ? "No span has arrived: nothing opens spans, sampling drops them, a batch holds them back, or their provider has no exporter."
            : "No hook opens spans for steps, or those spans have no parent, or a wrong one.",
        next,
      });
    }
  },
};

const noneForReplays: Check = {
  id: "none-for-replays",
  title: "has no span for what is replayed",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    stage.inject(killBefore("model", 2));
    const hold = stage.inject(holdAt("model", 3));
    const invocation = await askFor(stage, city);
    await invocation.untilSeen(() => stage.calls("model")[2]);
    hold.lift();
    const when = "Killed in its second model call";
    expectWeather(stage, city, await invocation.outcome(), when, next);

    const killed = timeOf(stage, ({ kind }) => kind === "agent killed");
    const asked = (nth: number) =>
      timeOf(stage, (event) => {
        return event.kind === "call" && event.call === stage.calls("model")[nth - 1];
      });
    const isLast = ({ isTop, begunAt }: Span) => isTop && begunAt > killed;
    const spans = await untilSpans(stage, (sent) => sent.some(isLast));
    // A span that ends before the first call shows no call. Every attempt may have such a span again.
    const ownWork = spans.filter(({ endedAt }) => endedAt < asked(1)).map(({ name }) => name);
    const replayed = spans.find(({ isTop, name, begunAt, endedAt }) => {
      return !isTop && begunAt > killed && endedAt < asked(3) && !ownWork.includes(name);
    });
    if (replayed === undefined) return;
    throw new CheckFailed({
      did: `${when}, your agent restarted and sent a span "${replayed.name}" before it made its first new call.`,
      asks: "A replay makes no call, so it has no span. Otherwise a trace shows calls that nobody made.",
      cause:
        "The AI SDK's telemetry opens a span for replayed calls, or your span is opened around a step instead of in it.",
      next,
    });
  },
};

const oneTrace: Check = {
  id: "one-trace",
  title: "has one trace for all attempts",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const city = stage.choices().one(cities);
    const hold = stage.inject(holdAt("weather", 1));
    const invocation = await askFor(stage, city);
    await invocation.untilSeen(() => stage.calls("weather")[0]);
    const before = (await untilSpans(stage, (sent) => sent.length > 0)).length;
    stage.agents.kill();
    hold.lift();
    const when = "Killed when it called the weather API";
    expectWeather(stage, city, await invocation.outcome(), when, next);
    const spans = await untilSpans(stage, (sent) => sent.slice(before).some(({ isTop }) => isTop));
    if (before === 0 || spans.length === before) {
      throw new CheckFailed({
        did: `${when}, your agent sent no span from ${before === 0 ? "before" : "after"} the crash.`,
        asks: "The trace shows what ended before a crash, and what came after it.",
        cause: "Spans are kept to be sent later, or nothing opens spans for steps.",
        next,
      });
    }
    if (!stage.events.some((event) => event.kind === "attempt" && event.trace !== undefined)) {
      throw new CannotTell("A server without a tracing endpoint sends no trace to join.");
    }
    const traces = new Set(spans.map(({ traceId }) => traceId));
    if (traces.size > 1) {
      throw new CheckFailed({
        did: `${when}, your agent left ${traces.size} traces of one invocation.`,
        asks: "All attempts of an invocation are in one trace, so that you see what was repeated.",
        cause:
          "Each attempt begins its own trace, and does not join the one that Restate has sent.",
        next,
      });
    }
  },
};

const nothingPrivate: Check = {
  id: "nothing-private",
  title: "exports no prompt, no answer and no key",
  modes: ["normal"],
  run: async (stage) => {
    const { card } = await askWithCard(stage, next);
    await untilSpans(stage, (sent) => sent.some(({ isTop }) => isTop));
    const secrets = {
      "the prompt": card,
      "the model's answer": "The weather tool says",
      "the key": apiKey,
    };
    const sent = stage.traces.bodies.join("\n");
    const leaking = Object.entries(secrets).find(([, words]) => sent.includes(words));
    if (leaking === undefined) return;
    throw new CheckFailed({
      did: `Your agent's spans contain ${leaking[0]}: "${leaking[1]}".`,
      asks: "Questions and answers are not in a trace, unless somebody wants them there.",
      cause:
        "An attribute contains it, or the AI SDK's telemetry records inputs and outputs, as it does by default.",
      next,
    });
  },
};

const collectorDown: Check = {
  id: "collector-down",
  title: "answers while the collector is down",
  modes: ["normal", "always-replay"],
  run: (stage) => expectAnswerWithout(stage, "drops", "While nobody accepted its spans"),
};

const collectorHangs: Check = {
  id: "collector-hangs",
  title: "does not wait for a collector that hangs",
  modes: ["normal", "always-replay"],
  run: (stage) => expectAnswerWithout(stage, "hangs", "While the collector never answered"),
};

suite("02", "tracing-agent", [
  answersWithWeather(next),
  twoAtOnce(scenario, next),
  realCalls,
  oneTrace,
  nothingPrivate,
  noneForReplays,
  collectorDown,
  collectorHangs,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

/** When the first such event happened, in milliseconds since 1970; infinity if none has. */
function timeOf(stage: Stage, isMeant: (event: StageEvent) => boolean): number {
  return stage.events.find(isMeant)?.at ?? Number.POSITIVE_INFINITY;
}

/** Waits until there are enough spans, or no new one has come for a while; returns all spans. */
async function untilSpans(
  stage: Stage,
  isEnough: (sent: readonly Span[]) => boolean,
): Promise<readonly Span[]> {
  let seen = 0;
  for (let quiet = 0; quiet < quietLooks && !isEnough(stage.traces.spans); quiet++) {
    await pause(20);
    if (stage.traces.spans.length > seen) quiet = 0;
    seen = stage.traces.spans.length;
  }
  return stage.traces.spans;
}

/** The name of a step that has fewer spans directly below attempts than entries in the journal. */
function missingStep(steps: readonly string[], spans: readonly Span[]): string | undefined {
  const attempts = new Set(spans.flatMap(({ isTop, id }) => (isTop ? [id] : [])));
  const below = spans.filter(({ parent = "" }) => attempts.has(parent));
  return steps.find((step) => {
    const needed = steps.filter((each) => each === step).length;
    return below.filter(({ name }) => name.includes(step)).length < needed;
  });
}

const sendsItself =
  "The handler itself sends the spans, so a failure of the collector becomes an error of the handler.";

/** @throws {CheckFailed} unless the agent answers while the collector has this trouble */
async function expectAnswerWithout(stage: Stage, trouble: Trouble, when: string): Promise<void> {
  stage.traces.break(trouble);
  const city = stage.choices().one(cities);
  const invocation = await askFor(stage, city);
  const seen = await untilCalm(stage, invocation);
  if (!("kind" in seen)) {
    throw new CheckFailed({
      did: `${when}, your agent had its answer and kept waiting.`,
      asks: "The caller gets the answer as soon as it exists, no matter what happens to the spans.",
      cause: "The handler waits until all spans are sent before it returns.",
      next,
    });
  }
  expectWeather(stage, city, seen, when, next, sendsItself);
  expectCalls(stage, { model: 2, weather: 1 }, when, next);
}
