import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { fetchWeather } from "#world/weather.ts";

export default restate.service({
  name: "RetryBudgetAgent",
  handlers: {
    run: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        // TODO: call the model three times at most; if it stays down, fail with what its provider said.
        middleware: durableCalls(ctx),
      });

      const { text } = await generateText({
        model,
        instructions: "You are a helpful agent that provides weather updates.",
        prompt,
        tools: {
          getWeather: tool({
            description: "Get the current weather for a given city.",
            inputSchema: z.object({ city: z.string() }),
            // TODO: try the weather API five times in all; if it stays down, let the model answer without
            // it, as for an unknown city. A run that is cancelled while it tries ends as cancelled.
            execute: async ({ city }) => ctx.run("get weather", () => fetchWeather(city)),
          }),
        },
        stopWhen: [
          isStepCount(5),
          ({ steps }) => {
            steps.forEach(rethrowTerminalToolError);
            return false;
          },
        ],
        providerOptions: { openai: { parallelToolCalls: false } },
      });

      return text;
    },
  },
  // TODO: a request that the model refuses permanently, as with a wrong key or a bad request, is
  // made once; the invocation fails with what the provider said.
});
