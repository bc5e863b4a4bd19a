/** One item of the input in a request to OpenAI's Responses API. */
interface InputItem {
  type?: string;
  role?: string;
  id?: string;
  call_id?: string;
}

/**
 * Why OpenAI's Responses API would answer a request with 400; undefined if it would not. The words are
 * the API's own, as bug reports quote them. Only the words for a second result of one call imitate them.
 *
 * @param body the request's JSON
 */
export function objectionTo(body: string): string | undefined {
  const input = inputIn(body);
  if (input === undefined) return "Missing required parameter: 'input'.";
  if (typeof input === "string") return undefined;
  if (input.length === 0) {
    return "Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty array instead.";
  }
  return objectionToItems(input);
}

function objectionToItems(items: readonly InputItem[]): string | undefined {
  const made = new Set<string>();
  const unanswered = new Set<string>();
  for (const item of items) {
    const call = callMadeIn(item);
    if (call !== undefined) {
      if (made.has(call)) return duplicateItem(item.id ?? call);
      made.add(call);
      unanswered.add(call);
    } else if (item.type === "function_call_output") {
      const { call_id = "" } = item;
      if (!made.has(call_id)) {
        return `No tool call found for function call output with call_id ${call_id}.`;
      }
      if (!unanswered.delete(call_id)) return `Duplicate tool output found for call ${call_id}.`;
    } else if (item.role === "user") {
      const [open] = unanswered;
      if (open !== undefined) return withoutOutput(open);
    }
  }
  const [open] = unanswered;
  return open === undefined ? undefined : withoutOutput(open);
}

function inputIn(body: string): string | InputItem[] | undefined {
  try {
    return JSON.parse(body).input;
  } catch {
    return undefined;
  }
}

const duplicateItem = (id: string) =>
  `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`;
const withoutOutput = (call: string) => `No tool output found for function call ${call}.`;

/** The id of the call that an item is, or refers to. */
function callMadeIn({ type, id, call_id }: InputItem): string | undefined {
  if (type === "function_call") return call_id;
  return type === "item_reference" && id?.startsWith("fc_") ? `call_${id.slice(3)}` : undefined;
}

/**
 * The id of the item that makes a call. It contains the call's id, so a reference to the item names the
 * call. The scripted model keeps no state in which it could look that up.
 */
export function itemIdOf(callId: string): string {
  return callId.replace("call_", "fc_");
}

/**
 * Gives each item that calls a tool the id that names its call.
 *
 * @param answer a response's JSON, or the events of a stream
 */
export function nameCallItems(answer: string): string {
  const calls = answer.matchAll(/"id":"(fc-[\w-]+)","call_id":"(call_[\w-]+)"/g);
  return [...calls].reduce(
    (named, [, id = "", callId = ""]) => named.replaceAll(id, itemIdOf(callId)),
    answer,
  );
}
