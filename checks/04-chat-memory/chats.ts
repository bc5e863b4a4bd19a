import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { differenceOf, stringsIn, textsIn } from "../shared/history.ts";
import { answeredItems, itemsIn } from "../shared/model-items.ts";
import type { Call } from "../stage/events.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { besideACall } from "../stage/model/conversation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";

export const next = "Fix agent.ts, then: npm run check 04";

const moods = ["stubborn", "patient", "restless", "quiet", "curious", "humble"];
const things = ["solution", "night", "day", "rain", "flow", "transaction", "action", "delay"];

/** A new session on each call, because Restate keeps the state of earlier ones. */
export function newSession(): string {
  return `session-${randomUUID()}`;
}

/** Requests for poems, each about something else. A poem takes the tool and two model calls. */
export function poemRequests(choices: Chooser, count: number): string[] {
  const first = choices.integer(0, things.length - 1);
  return Array.from({ length: count }, (_, nth) => {
    const thing = things[(first + nth) % things.length];
    return `Make a poem about ${choices.one(moods)} ${thing}`;
  });
}

/** Sends a message to a session. */
export function send(stage: Stage, session: string, message: string): Promise<Invocation> {
  return stage.invoke(`${session}/message`, { message });
}

/** Sends a message and waits for the answer; returns its text. */
export async function say(
  stage: Stage,
  session: string,
  message: string,
  when: string,
): Promise<string> {
  const invocation = await send(stage, session, message);
  return expectAnswer(await invocation.outcome(), when);
}

/** @throws {CheckFailed} unless the invocation ended with an answer; returns the answer's text */
export function expectAnswer(outcome: Outcome, when: string): string {
  const text = outcome.kind === "answered" ? stringsIn(outcome.answer)[0] : undefined;
  if (text !== undefined && text !== "") return text;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "Each message is answered, as { answer }, with what the model said.",
    cause: causeOf(outcome) ?? "The handler fails, or does not return the answer.",
    next,
  });
}

/** Asks for a session's history and waits for it. */
export async function historyOf(stage: Stage, session: string, when: string): Promise<unknown> {
  const invocation = await stage.invoke(`${session}/getHistory`, null);
  const outcome = await invocation.outcome();
  if (outcome.kind === "answered") return outcome.answer;
  throw new CheckFailed({
    did: `${when}, getHistory ${tellOutcome(outcome)}`,
    asks: "getHistory answers with the messages of its session.",
    cause:
      causeOf(outcome) ??
      "getHistory fails if a session has no messages yet, or cannot read what is kept.",
    next,
  });
}

/**
 * @param said what user and agent have said in turn, the user first
 * @throws {CheckFailed} unless the history has each message as often as it was said, in the same order
 */
export function expectHistory(history: unknown, said: readonly string[], when: string): void {
  const difference = differenceOf(
    history,
    said.map((text, place) => ({ role: place % 2 === 0 ? "user" : "assistant", text })),
  );
  if (difference === undefined) return;
  const { kind, words } = difference;
  const explained = {
    unreadable: {
      did: `${when}, getHistory answered ${words}`,
      asks: "getHistory answers with the session's messages, a list of { role, content }.",
      cause: "getHistory does not return the stored messages.",
    },
    lost: {
      did: `${when}, the session's history has lost ${words}`,
      asks: "A conversation keeps everything that both sides said, no matter what crashes.",
      cause:
        "The conversation is not in the session's own state, messages are missing there, or getHistory reads another place.",
    },
    doubled: {
      did: `${when}, the session's history repeats ${words}`,
      asks: "A message that was said once is in the history once, no matter how often code runs again.",
      cause: "It is added twice: in two places of the code, or by a second attempt.",
    },
    order: {
      did: `${when}, the session's history is not in the order of the conversation.`,
      asks: "A conversation keeps its order.",
      cause: "Messages are not put together in the order in which they came.",
    },
  };
  throw new CheckFailed({ ...explained[kind], next });
}

/**
 * Whether a request tells the model about the first tool call: the call itself, its result (`given` is
 * that result as JSON), and the words that the model said beside the call.
 */
export function toolUseIn(request: Call, calls: readonly Call[]) {
  const id = calls.flatMap(answeredItems).find(({ type }) => type === "function_call")?.call_id;
  const itemsOfCall = (told: Call) => itemsIn(told, calls).filter(({ call_id }) => call_id === id);
  const outputIn = (told: Call) =>
    itemsOfCall(told).find(({ type }) => type === "function_call_output")?.output;
  const [given] = calls.map(outputIn).filter((output) => output !== undefined);
  return {
    call: itemsOfCall(request).some(({ type }) => type === "function_call"),
    output: given !== undefined && isDeepStrictEqual(outputIn(request), given),
    given: JSON.stringify(given ?? ""),
    words: textsIn(request, calls).some(({ text }) => text === besideACall),
  };
}

/**
 * Waits until a request to the model contains a message.
 *
 * @throws {CheckFailed} if that never happens
 */
export async function untilAtModel(
  stage: Stage,
  invocation: Invocation,
  message: string,
): Promise<void> {
  const seen = await invocation.untilSeen(() => requestWith(stage, message));
  if (!("kind" in seen)) return;
  throw new CheckFailed({
    did: `When a user had sent ${JSON.stringify(message)}, your agent did not ask the model: it ${tellOutcome(seen)}`,
    asks: "The model gets each message, no matter which other messages are being processed.",
    cause: causeOf(seen) ?? "The handler answers, fails or waits before it calls the model.",
    next,
  });
}

/** The first request that tells the model a text, once it has arrived. */
export function requestWith(stage: Stage, text: string): Call | undefined {
  return stage.calls("model").find(({ asked }) => asked.includes(text));
}
