import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, type ModelMessage, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { fetchWeather } from "#world/weather.ts";

export default restate.service({
  name: "ManualLoopAgent",
  handlers: {
    run: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });
      const messages: ModelMessage[] = [{ role: "user", content: prompt }];

      for (let round = 1; ; round++) {
        // TODO: ask the model at most ten times. If its tenth answer still calls tools, fail
        // permanently, and mention the ten rounds in the error.
        ctx.console.log(`Round ${round}`);
        const result = await generateText({
          model,
          messages,
          tools: {
            // This tool has no `execute`, so the loop decides what to do with its calls.
            getWeather: tool({
              description: "Get the current weather in a given location",
              inputSchema: z.object({ city: z.string() }),
            }),
          },
        });
        messages.push(...result.responseMessages);
        if (result.finishReason !== "tool-calls") return result.text;

        // TODO: if a round has more than three calls, invalid ones included, ask a human before you make
        // them. If the human says no, make no call, do not ask the model again, and return an answer
        // that says so.

        // TODO: make all calls of a round at the same time, and keep every result. If a call fails
        // permanently, tell the model why, and continue. Do not make invalid calls.
        for (const call of result.toolCalls) {
          const { city } = call.input as { city: string };
          const weather = await ctx.run("get weather", () => fetchWeather(city));
          const output = { type: "json" as const, value: weather };
          const { toolCallId, toolName } = call;
          messages.push({
            role: "tool",
            content: [{ type: "tool-result", toolCallId, toolName, output }],
          });
        }
      }
    },
  },
});
