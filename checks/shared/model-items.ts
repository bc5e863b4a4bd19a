import type { Call } from "../stage/events.ts";

/** One item of a request to the model, or of the model's answer. */
export interface Item {
  type?: string;
  /** Who says the message: `user`, `assistant`. */
  role?: string;
  id?: string;
  call_id?: string;
  /** The name of the called tool. */
  name?: string;
  /** The input of the called tool, as JSON. */
  arguments?: string;
  /** What a tool answered. */
  output?: unknown;
}

/**
 * The items of a request to OpenAI's Responses API. If the provider stores its answers, the AI SDK sends
 * references to their items. Each reference is replaced by the answered item.
 */
export function itemsIn({ asked }: Call, calls: readonly Call[]): Item[] {
  const { input }: { input: Item[] } = JSON.parse(asked.slice(asked.indexOf("{")));
  const answered = calls.flatMap(answeredItems);
  return input.map((item) =>
    item.type === "item_reference" ? (answered.find(({ id }) => id === item.id) ?? item) : item,
  );
}

/** The items of the model's answer, streamed or not. */
export function answeredItems({ answer, outcome }: Call): Item[] {
  if (outcome !== 200) return [];
  const [, streamed] = answer.match(/^data: (\{"type":"response\.completed".*)$/m) ?? [];
  return streamed === undefined ? JSON.parse(answer).output : JSON.parse(streamed).response.output;
}
