import type { Call } from "../stage/events.ts";

/** One thing that a request tells the model, or that the model answers. */
export interface Item {
  type?: string;
  /** Whose message it is. */
  role?: string;
  id?: string;
  call_id?: string;
  /** Of the tool that is called. */
  name?: string;
  /** What a tool has answered. */
  output?: unknown;
}

/**
 * The items of a request to OpenAI's Responses API. Where the provider stores its answers, the AI SDK
 * sends references to their items, which stand for what was answered.
 */
export function itemsIn({ asked }: Call, calls: readonly Call[]): Item[] {
  const { input }: { input: Item[] } = JSON.parse(asked.slice(asked.indexOf("{")));
  const answered = calls.flatMap(answeredItems);
  return input.map((item) =>
    item.type === "item_reference" ? (answered.find(({ id }) => id === item.id) ?? item) : item,
  );
}

/** The items of which an answer of the model consists, streamed or not. */
export function answeredItems({ answer, outcome }: Call): Item[] {
  if (outcome !== 200) return [];
  const [, streamed] = answer.match(/^data: (\{"type":"response\.completed".*)$/m) ?? [];
  return streamed === undefined ? JSON.parse(answer).output : JSON.parse(streamed).response.output;
}
