import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { fetchWeather } from "#world/weather.ts";

export default restate.service({
  name: "StopOnTerminalErrorAgent",
  handlers: {
    run: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      const result = await generateText({
        model,
        instructions: "You are a helpful agent that provides weather updates.",
        prompt,
        tools: {
          getWeather: tool({
            description: "Get the current weather for a given city.",
            inputSchema: z.object({ city: z.string() }),
            execute: async ({ city }) => ctx.run("get weather", () => fetchWeather(city)),
          }),
        },
        // TODO: if a tool has failed permanently, stop: do not ask the model again.
        stopWhen: [isStepCount(5)],
        providerOptions: { openai: { parallelToolCalls: false } },
      });

      // TODO: if a tool has failed permanently, return its name and the reason, in any form, instead of
      // the text. A cancelled run returns no answer: it fails with the cancellation.
      return result.text;
    },
  },
});
