import { randomBytes } from "node:crypto";
import type { ChatCompletionRequest, ChatMessage } from "@copilotkit/aimock";

/** What a request to the model contains. The scripted model uses nothing else. */
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

/** A tool that the model calls, with its input. */
export interface ToolCall {
  tool: string;
  input: Record<string, unknown>;
}

/** A tool's answer, verbatim. */
export interface ToolResult extends ToolCall {
  output: string;
}

/** What the scripted model answers: a text, a tool call, perhaps with a text, or several tool calls. */
export type Reply = { text: string } | { call: ToolCall; beside?: string } | { calls: ToolCall[] };

/** What a model says beside a tool call: words that are not its answer yet. */
export const besideACall = "One moment, I'll look that up.";

/** A header that says that a request allows several tool calls: aimock drops that from the request. */
export const severalCalls = { "x-aimock-context": "several tool calls" };

/** Whether a request to OpenAI's Responses API allows several tool calls, as it does by default. */
export function allowsSeveralCalls(body: string): boolean {
  try {
    return JSON.parse(body).parallel_tool_calls !== false;
  } catch {
    return false;
  }
}

/** Reads what the scripted model needs from a request in the format of OpenAI's chat API. */
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
 * An id for a tool call, as unique as a real model's: no two answers have the same one, even if the
 * question is the same. `readCallId` gets the call back from it. Clients that store responses send the id
 * with the tool's answer, and only a reference instead of the call.
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
