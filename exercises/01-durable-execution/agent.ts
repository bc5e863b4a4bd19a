import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import { fetchWeather } from "./utils.ts";

export default restate.service({
  name: "WeatherAgent",
  handlers: {
    run: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      // TODO: keep every answer of the model across a crash. Do not ask the model again for what it has
      // already answered.
      const model = openai("gpt-4o");

      const { text } = await generateText({
        model,
        instructions: "You are a helpful agent that provides weather updates.",
        prompt,
        tools: {
          getWeather: tool({
            description: "Get the current weather for a given city.",
            inputSchema: z.object({ city: z.string() }),
            // TODO: while the weather API is down, retry until it is back. Keep its answer across a crash.
            execute: async ({ city }) => fetchWeather(city),
          }),
        },
        stopWhen: [isStepCount(5)],
        providerOptions: { openai: { parallelToolCalls: false } },
      });

      return text;
    },
  },
});
