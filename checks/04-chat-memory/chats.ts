import { randomUUID } from "node:crypto";
import { answeredItems, itemsIn } from "../model-items.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import type { Call } from "../stage/boundary.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";

export const next = "Mend agent.ts, then: npm run check 04";

const moods = ["stubborn", "patient", "restless", "quiet", "curious", "humble"];
const things = ["solution", "night", "day", "rain", "flow", "transaction", "action", "delay"];

/** A session that nobody has talked to: Restate keeps the state of others. */
export function newSession(): string {
  return `session-${randomUUID()}`;
}

/** Asks for a poem about something else each time, which takes the tool and two calls of the model. */
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

/** @throws {CheckFailed} unless it ended with an answer, of which the text is returned */
export function expectAnswer(outcome: Outcome, when: string): string {
  const text = outcome.kind === "answered" ? stringsIn(outcome.answer)[0] : undefined;
  if (text !== undefined && text !== "") return text;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "Each message is answered, as { answer }, with what the model said.",
    cause: causeOf(outcome) ?? "The handler fails, or returns something else than the answer.",
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
    cause: causeOf(outcome) ?? "The handler fails where there is a history to be read.",
    next,
  });
}

/** @throws {CheckFailed} unless the history has each of these texts once, in this order */
export function expectHistory(history: unknown, texts: readonly string[], when: string): void {
  const found = stringsIn(history);
  const places = texts.map((text) =>
    found.flatMap((each, place) => (each.includes(text) ? [place] : [])),
  );
  const lost = texts.find((_, nth) => places[nth]?.length === 0);
  if (lost !== undefined) {
    throw new CheckFailed({
      did: `${when}, the session's history has lost: ${shorten(lost)}`,
      asks: "A conversation is kept with all that both sides said, whatever dies meanwhile.",
      cause: "It is not kept in the session's own state, or not with all its messages.",
      next,
    });
  }
  const doubled = texts.find((_, nth) => (places[nth]?.length ?? 0) > 1);
  if (doubled !== undefined) {
    throw new CheckFailed({
      did: `${when}, the session's history has more than once: ${shorten(doubled)}`,
      asks: "A message that was said once stands in the history once, however often code runs again.",
      cause: "It is added where a second attempt, or a replay, adds it again.",
      next,
    });
  }
  const order = places.map(([place = 0]) => place);
  if (order.some((place, nth) => nth > 0 && place < (order[nth - 1] ?? 0))) {
    throw new CheckFailed({
      did: `${when}, the session's history is in another order than what was said.`,
      asks: "A conversation is kept in the order in which it was held.",
      cause: "Messages are put together in another order than they came.",
      next,
    });
  }
}

/** Whether a request tells the model of the first tool call it has made, and of its result. */
export function toolUseIn(request: Call, calls: readonly Call[]) {
  const id = calls.flatMap(answeredItems).find(({ type }) => type === "function_call")?.call_id;
  const told = itemsIn(request, calls).filter(({ call_id }) => call_id === id);
  return {
    call: told.some(({ type }) => type === "function_call"),
    output: told.some(({ type }) => type === "function_call_output"),
  };
}

/** What a request tells the model, text by text. */
export function textsIn(request: Call, calls: readonly Call[]): string[] {
  return stringsIn(itemsIn(request, calls));
}

/**
 * Waits until a message is at the model.
 *
 * @throws {CheckFailed} where it never gets there
 */
export async function untilAtModel(
  stage: Stage,
  invocation: Invocation,
  message: string,
): Promise<void> {
  const seen = await invocation.untilSeen(() => requestWith(stage, message));
  if (!("kind" in seen)) return;
  throw new CheckFailed({
    did: `Sent ${JSON.stringify(message)}, your agent did not ask the model: it ${tellOutcome(seen)}`,
    asks: "Each message is told to the model, whatever other messages are under way.",
    cause:
      causeOf(seen) ?? "Something in the handler answers, fails or waits before it gets there.",
    next,
  });
}

/** The request in which the model is told a text, once it has arrived. */
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
