import type { LoopbackServer } from "../loopback.ts";
import { readConversation, writeCallId } from "./conversation.ts";
import { reply } from "./script.ts";

/**
 * Starts the scripted model: OpenAI's Responses API on loopback, without a key.
 *
 * It keeps no state, so it may be stopped and started between two calls of one conversation.
 *
 * @param port 0 takes a free one.
 */
export async function startScriptedModel(port: number): Promise<LoopbackServer> {
  // Loaded here, so that a stage's agents can start meanwhile on the other core.
  const { LLMock } = await import("@copilotkit/aimock");
  const mock = new LLMock({ port, host: "127.0.0.1" });
  mock.on({ predicate: () => true }, (request) => {
    const conversation = readConversation(request);
    const answer = reply(conversation);
    if ("text" in answer) return { content: answer.text };
    const { tool: name, input } = answer.call;
    const id = writeCallId(answer.call, conversation.results.length);
    return { toolCalls: [{ id, name, arguments: JSON.stringify(input) }] };
  });
  await mock.start();
  return { url: mock.url, port: mock.port, close: () => mock.stop() };
}
