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
        // TODO: give each model call at most three attempts. If the model stays down, fail with its
        // provider's message.
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
            // TODO: in each tool call, make at most five attempts to get the weather. If the weather API
            // stays down, or if the city does not exist, let the model answer without the weather. If the
            // run is cancelled during the attempts, it fails with the cancellation.
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
  // TODO: if the model's provider rejects a request permanently, for example because of a wrong key, do
  // not retry the request. The invocation fails with the provider's message.
});
