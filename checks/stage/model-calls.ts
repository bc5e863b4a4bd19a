import { randomUUID } from "node:crypto";
import type { Failure } from "./failures.ts";
import { besideACall, type ToolCall, writeCallId } from "./model/conversation.ts";
import { itemIdOf } from "./model/strictness.ts";

/**
 * Makes the model answer with tool calls and a few words beside them, instead of its own answers. It ends
 * when it is lifted or no answer is left.
 *
 * @param answers in order, each with its calls; the tools need not exist, and the inputs need not fit
 */
export function modelCalls(answers: Iterable<readonly ToolCall[]>): Failure {
  const left = answers[Symbol.iterator]();
  let next = left.next();
  return {
    phase: "before",
    strikes: (call) => !next.done && call.service === "model",
    blow: () => {
      const body = next.done ? "" : JSON.stringify(responseWith(next.value));
      next = left.next();
      return { kind: "answer", status: 200, headers: { "content-type": "application/json" }, body };
    },
    get standing() {
      return !next.done;
    },
    lift: () => {
      next = { done: true, value: undefined };
    },
  };
}

/** An answer of OpenAI's Responses API that calls tools. */
function responseWith(calls: readonly ToolCall[]) {
  return {
    id: `resp-${randomUUID()}`,
    object: "response",
    created_at: 0,
    model: "gpt-4o",
    status: "completed",
    output: [messageOf(besideACall), ...calls.map(itemOf)],
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
  };
}

function messageOf(text: string) {
  return {
    type: "message",
    id: `msg-${randomUUID()}`,
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function itemOf(call: ToolCall) {
  const callId = writeCallId(call);
  return {
    type: "function_call",
    id: itemIdOf(callId),
    call_id: callId,
    name: call.tool,
    arguments: JSON.stringify(call.input),
    status: "completed",
  };
}
