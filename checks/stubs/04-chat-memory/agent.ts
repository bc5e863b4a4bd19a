import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, type ModelMessage, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { rhymesWith } from "#world/rhymes.ts";

const Message = z.object({ message: z.string().max(10_000) });

// TODO: read the session's conversation from a place that every process can reach.
const conversations = new Map<string, ModelMessage[]>();
const conversationOf = async (ctx: restate.ObjectSharedContext) => conversations.get(ctx.key) ?? [];

export default restate.object({
  name: "Chat",
  handlers: {
    message: restate.handlers.object.exclusive(
      { input: restate.serde.schema(Message) },
      async (ctx: restate.ObjectContext, { message }) => {
        const model = wrapLanguageModel({
          model: openai("gpt-4o"),
          middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
        });

        const earlier = await conversationOf(ctx);
        const messages: ModelMessage[] = [...earlier, { role: "user", content: message }];

        const result = await generateText({
          model,
          instructions: "You are a helpful assistant.",
          messages,
          tools: {
            findRhymes: tool({
              description: "Find words that rhyme with a word.",
              inputSchema: z.object({ word: z.string() }),
              execute: async ({ word }) => rhymesWith(word),
            }),
          },
          stopWhen: [isStepCount(5)],
          providerOptions: { openai: { parallelToolCalls: false } },
        });

        // TODO: keep the whole conversation, including tool calls and results, even if something crashes
        // later.
        conversations.set(ctx.key, [...messages, ...result.response.messages]);
        return { answer: result.text };
      },
    ),

    // TODO: answer at any time, even while a message of this session is being processed.
    getHistory: async (ctx: restate.ObjectContext) => conversationOf(ctx),
  },
});
