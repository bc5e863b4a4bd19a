import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, type ModelMessage, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { requestHumanReview } from "#world/reviews.ts";
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
        if (round > 10) throw new restate.TerminalError("No answer after ten rounds.");

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
        if (result.toolCalls.length > 3) {
          const approval = ctx.awakeable<boolean>();
          const message = `Please review: ${result.toolCalls.length} calls of the weather API`;
          await ctx.run("ask for approval", () => requestHumanReview(message, approval.id));
          if (!(await approval.promise)) return "The calls of the weather API were denied.";
        }

        // TODO: make all calls of a round at the same time, and keep every result. If a call fails
        // permanently, tell the model why, and continue. Do not make invalid calls.
        const calls = result.toolCalls.filter((call) => !call.invalid && !call.dynamic);
        const outputs = await restate.RestatePromise.all(
          calls.map(({ input }) =>
            ctx
              .run("get weather", () => fetchWeather(input.city))
              .map((weather, failure) => weather ?? { error: failure?.message ?? "" }),
          ),
        );
        messages.push({
          role: "tool",
          content: calls.map(({ toolCallId, toolName }, nth) => ({
            type: "tool-result",
            toolCallId,
            toolName,
            output: { type: "json", value: outputs[nth] ?? "" },
          })),
        });
      }
    },
  },
});
