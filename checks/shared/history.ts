import { isDeepStrictEqual } from "node:util";
import type { Call } from "../stage/events.ts";
import { itemsIn } from "./model-items.ts";

/** What one side has said in a conversation. */
export interface Said {
  role: "user" | "assistant";
  text: string;
}

/** How a history differs from what was said, and in words what is lost, doubled or no history at all. */
export interface Difference {
  kind: "unreadable" | "lost" | "doubled" | "order";
  words: string;
}

/**
 * Compares a session's history with what was said. The history may have more, such as tool calls.
 *
 * @returns undefined if it has each message as often as it was said, in the same order
 */
export function differenceOf(history: unknown, said: readonly Said[]): Difference | undefined {
  if (!Array.isArray(history) || !history.every(isMessage)) {
    return { kind: "unreadable", words: shorten(JSON.stringify(history) ?? "nothing") };
  }
  const expected = said.map(tellMessage);
  const all = history.map(({ role, content }) => tellMessage({ role, text: textOf(content) }));
  const found = all.filter((message) => expected.includes(message));
  const times = (list: string[], message: string) => list.filter((each) => each === message).length;
  const lost = expected.find((each) => times(found, each) < times(expected, each));
  if (lost !== undefined) return { kind: "lost", words: shorten(lost) };
  const doubled = expected.find((each) => times(found, each) > times(expected, each));
  if (doubled !== undefined) return { kind: "doubled", words: shorten(doubled) };
  return isDeepStrictEqual(found, expected) ? undefined : { kind: "order", words: "" };
}

const tellMessage = ({ role, text }: { role: string; text: string }) =>
  `what ${role === "user" ? "the user" : `the ${role}`} said: ${text}`;

function isMessage(each: unknown): each is { role: string; content: unknown } {
  return typeof each === "object" && each !== null && "role" in each && "content" in each;
}

/** The text of a message's content. Other parts, such as tool calls, have no text. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts: { type: string; text?: string }[] = Array.isArray(content) ? content : [];
  return parts.map(({ text = "" }) => text).join("");
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

/** All strings in a value, in order. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

export function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
