import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readText } from "../http.ts";
import { type LoopbackServer, listenOnLoopback } from "../loopback.ts";
import { allowsSeveralCalls, readConversation, severalCalls, writeCallId } from "./conversation.ts";
import { reply } from "./script.ts";
import { nameCallItems, objectionTo } from "./strictness.ts";

/**
 * Starts the scripted model: OpenAI's Responses API on loopback, without a key.
 *
 * It keeps no state, so it may be stopped and started between two calls of one conversation.
 *
 * @param port 0 takes a free one.
 */
export async function startScriptedModel(port: number): Promise<LoopbackServer> {
  // Imported here, so that a stage's agents can start on the other core while it loads.
  const { LLMock } = await import("@copilotkit/aimock");
  const mock = new LLMock({ port: 0, host: "127.0.0.1" });
  mock.on({ predicate: () => true }, (request) => {
    const conversation = readConversation(request);
    const answer = reply(conversation);
    if ("text" in answer) return { content: answer.text };
    const calls = "calls" in answer ? answer.calls : [answer.call];
    return {
      ...("beside" in answer && { content: answer.beside }),
      toolCalls: calls.map((call) => ({
        id: writeCallId(call),
        name: call.tool,
        arguments: JSON.stringify(call.input),
      })),
    };
  });
  await mock.start();

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await readText(incoming);
    const { method = "POST", url = "/" } = incoming;
    const headers = {
      "content-type": "application/json",
      ...(allowsSeveralCalls(body) && severalCalls),
    };
    const objection = url.endsWith("/responses") ? objectionTo(body) : undefined;
    if (objection !== undefined) {
      const error = {
        message: objection,
        type: "invalid_request_error",
        param: "input",
        code: null,
      };
      outgoing.writeHead(400, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ error }));
      return;
    }
    const request = { method, headers, body: method === "GET" ? null : body };
    const answer = await fetch(mock.url + url, request);
    const type = answer.headers.get("content-type") ?? "application/json";
    outgoing.writeHead(answer.status, { "content-type": type });
    outgoing.end(nameCallItems(await answer.text()));
  };
  const front = await listenOnLoopback(
    createServer((incoming, outgoing) => {
      pass(incoming, outgoing).catch(() => outgoing.destroy());
    }),
    port,
  );
  return {
    ...front,
    close: async () => {
      await front.close();
      await mock.stop();
    },
  };
}
