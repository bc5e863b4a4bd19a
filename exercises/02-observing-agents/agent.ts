import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { fetchWeather } from "./utils.ts";

export default restate.service({
  name: "ObservedWeatherAgent",
  handlers: {
    run: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      const { text } = await generateText({
        model,
        instructions: "You are a helpful agent that provides weather updates.",
        prompt,
        tools: {
          getWeather: tool({
            description: "Get the current weather for a given city.",
            inputSchema: z.object({ city: z.string() }),
            execute: async ({ city }) => {
              // TODO: give this step a name that tells an operator what it does and for which city.
              const weather = await ctx.run(() => fetchWeather(city));

              // TODO: write a line to the log when the weather has arrived, but not during a replay.
              console.log(`${city} has ${weather.temperature}, ${weather.condition}`);
              return weather;
            },
          }),
        },
        stopWhen: [isStepCount(5)],
        providerOptions: { openai: { parallelToolCalls: false } },
      });

      return text;
    },
  },
});
