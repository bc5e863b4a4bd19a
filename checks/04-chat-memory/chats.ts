import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
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
  const expected = said.map((text, place) =>
    tellMessage(place % 2 === 0 ? "user" : "assistant", text),
  );
  const all = messagesIn(history, when).map(({ role, text }) => tellMessage(role, text));
  const found = all.filter((message) => expected.includes(message));
  const times = (list: string[], message: string) => list.filter((each) => each === message).length;
  const lost = expected.find((each) => times(found, each) < times(expected, each));
  if (lost !== undefined) {
    throw new CheckFailed({
      did: `${when}, the session's history has lost ${shorten(lost)}`,
      asks: "A conversation keeps everything that both sides said, no matter what crashes.",
      cause:
        "The conversation is not in the session's own state, messages are missing there, or getHistory reads another place.",
      next,
    });
  }
  const doubled = expected.find((each) => times(found, each) > times(expected, each));
  if (doubled !== undefined) {
    throw new CheckFailed({
      did: `${when}, the session's history repeats ${shorten(doubled)}`,
      asks: "A message that was said once is in the history once, no matter how often code runs again.",
      cause: "It is added twice: in two places of the code, or by a second attempt.",
      next,
    });
  }
  if (!isDeepStrictEqual(found, expected)) {
    throw new CheckFailed({
      did: `${when}, the session's history is not in the order of the conversation.`,
      asks: "A conversation keeps its order.",
      cause: "Messages are not put together in the order in which they came.",
      next,
    });
  }
}

const tellMessage = (role: string, text: string) =>
  `what ${role === "user" ? "the user" : `the ${role}`} said: ${text}`;

/**
 * A history's messages, `{ role, content }` as in the AI SDK, with the text of each content.
 *
 * @throws {CheckFailed} if the history is something else
 */
function messagesIn(history: unknown, when: string): { role: string; text: string }[] {
  if (!Array.isArray(history) || !history.every(isMessage)) {
    throw new CheckFailed({
      did: `${when}, getHistory answered ${shorten(JSON.stringify(history) ?? "nothing")}`,
      asks: "getHistory answers with the session's messages, a list of { role, content }.",
      cause: "getHistory does not return the stored messages.",
      next,
    });
  }
  return history.map(({ role, content }) => ({ role, text: textOf(content) }));
}

function isMessage(each: unknown): each is { role: string; content: unknown } {
  return typeof each === "object" && each !== null && "role" in each && "content" in each;
}

/** The text of a message's content. Other parts, such as tool calls, have no text. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts: { type: string; text?: string }[] = Array.isArray(content) ? content : [];
  return parts.map(({ text = "" }) => text).join("");
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

/** A text that a request tells the model. */
export interface Told {
  role: string | undefined;
  text: string;
}

/** The texts that a request tells the model, in order. */
export function textsIn(request: Call, calls: readonly Call[]): Told[] {
  return itemsIn(request, calls).flatMap((item) =>
    stringsIn(item).map((text) => ({ role: item.role, text })),
  );
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

/** All strings in a value, in order. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
