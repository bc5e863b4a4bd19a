import { randomBytes } from "node:crypto";
import type { ChatCompletionRequest, ChatMessage } from "@copilotkit/aimock";

/** What a request to the model holds, which is all that the scripted model ever uses. */
export interface Conversation {
  instructions: string;
  /** What the user said last. */
  prompt: string;
  /** What the user said before that, in order. */
  said: string[];
  /** Names of the tools that the request offers. */
  tools: string[];
  /** Whether the request lets the model call several tools in one answer. */
  several: boolean;
  /** The tools' answers since the user last spoke. */
  results: ToolResult[];
}

/** A tool that the model asks for, with its input. */
export interface ToolCall {
  tool: string;
  input: Record<string, unknown>;
}

/** A tool's answer, verbatim. */
export interface ToolResult extends ToolCall {
  output: string;
}

/** What the scripted model answers: words, a tool to be called, perhaps with words beside it, or several at once. */
export type Reply = { text: string } | { call: ToolCall; beside?: string } | { calls: ToolCall[] };

/** What a model says beside a call of a tool: words that are not its answer yet. */
export const besideACall = "One moment, I look that up.";

/** A header for what a request allows, and aimock leaves out of it. */
export const severalCalls = { "x-aimock-context": "several tool calls" };

/** Whether a request to OpenAI's Responses API allows several tool calls, as it does by default. */
export function allowsSeveralCalls(body: string): boolean {
  try {
    return JSON.parse(body).parallel_tool_calls !== false;
  } catch {
    return false;
  }
}

/** Reads what the scripted model needs out of a request, in the words of OpenAI's chat API. */
export function readConversation(request: ChatCompletionRequest): Conversation {
  const spoken = (role: string) =>
    request.messages.filter((message) => message.role === role).map(textOf);
  const lastPrompt = request.messages.findLastIndex(({ role }) => role === "user");
  return {
    instructions: spoken("system").join("\n"),
    prompt: textOf(request.messages[lastPrompt]),
    said: spoken("user").slice(0, -1),
    several: request._context === severalCalls["x-aimock-context"],
    tools: request.tools?.map((tool) => tool.function.name) ?? [],
    results: request.messages
      .slice(lastPrompt + 1)
      .filter(({ role }) => role === "tool")
      .map((message) => ({ ...readCallId(message.tool_call_id), output: textOf(message) })),
  };
}

function textOf(message: ChatMessage | undefined): string {
  const content = message?.content ?? "";
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

/**
 * An id for a tool call, as unique as a real model's: no two answers have the same, to the same
 * question neither. `readCallId` gets the call back from it: clients that store responses send the id
 * with the tool's answer, and a mere reference in place of the call.
 */
export function writeCallId(call: ToolCall): string {
  const said = Buffer.from(JSON.stringify([call.tool, call.input])).toString("base64url");
  return `call_${randomBytes(8).toString("hex")}_${said}`;
}

function readCallId(id = ""): ToolCall {
  const said = id.match(/^call_[0-9a-f]{16}_(.*)$/s)?.[1];
  if (said === undefined) return { tool: "", input: {} };
  const [tool, input] = JSON.parse(Buffer.from(said, "base64url").toString());
  return { tool, input };
}
