import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { type Context, createEndpointHandler, service } from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, type LanguageModel, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { bytesField, messageTypes, numberField, writeMessage } from "./messages.ts";

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that calls a tool and then answers with a text, without a request to anyone. */
const model: Exclude<LanguageModel, string> & { specificationVersion: "v4" } = {
  specificationVersion: "v4",
  provider: "warm-up",
  modelId: "warm-up",
  supportedUrls: {},
  doGenerate: async ({ prompt }) => {
    // Node loads its `fetch` at the first request. This one needs no network.
    await fetch("data:,");
    const isAnswered = prompt.some(({ role }) => role === "tool");
    return {
      content: isAnswered
        ? [{ type: "text", text: "warm" }]
        : [{ type: "tool-call", toolCallId: "call", toolName: "warm", input: '{"what":"tool"}' }],
      finishReason: { unified: isAnswered ? "stop" : "tool-calls", raw: undefined },
      usage,
      warnings: [],
    };
  },
  doStream: () => {
    throw new Error("Nobody streams here.");
  },
};

/**
 * Runs once what every agent runs, without Restate or a real model: a conversation with a tool, and an
 * invocation with a conversation's first step. So the first real call finds this code loaded and compiled.
 */
export async function warmUp(): Promise<void> {
  await converse(model);
  const warmed = service({
    name: "WarmUp",
    handlers: {
      run: async (ctx: Context) =>
        converse(wrapLanguageModel({ model, middleware: durableCalls(ctx, {}) })),
    },
  });
  const server = createServer(createEndpointHandler({ services: [warmed], logger: () => {} }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await invoke((server.address() as AddressInfo).port);
  await new Promise((resolve) => server.close(resolve));
}

async function converse(speaker: typeof model): Promise<void> {
  await generateText({
    model: speaker,
    instructions: "You warm up.",
    prompt: "Warm up.",
    tools: {
      warm: tool({ inputSchema: z.object({ what: z.string() }), execute: async () => "warm" }),
    },
    stopWhen: [isStepCount(2)],
  });
}

/** Begins an invocation as Restate does. It ends when Restate would have to store something. */
async function invoke(port: number): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/invoke/WarmUp/run",
    "content-type": "application/vnd.restate.invocation.v5",
  });
  const start = [bytesField(1, "warm"), bytesField(2, "warm"), numberField(3, 1)];
  const input = [bytesField(14, bytesField(1, "{}"))];
  stream.write(frame(messageTypes.start, start));
  stream.end(frame(messageTypes.input, input));
  stream.resume();
  await new Promise((resolve) => stream.once("close", resolve));
  session.close();
}

function frame(type: number, fields: readonly Buffer[]): Buffer {
  return writeMessage({ type, flags: 0, body: Buffer.concat(fields) });
}
