import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { openTelemetryHook } from "@restatedev/restate-sdk-opentelemetry";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { tracer } from "./tracing.ts";
import { fetchWeather } from "./utils.ts";

export default restate.service({
  name: "TracedWeatherAgent",
  // TODO: make one trace for each invocation, even across crashes. The trace has one span for each attempt.
  // Under that span, each step that really ran has a span with the step's name.
  options: { hooks: [openTelemetryHook({ tracer })] },
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
            execute: async ({ city }) =>
              ctx.run(`get weather in ${city}`, () => fetchWeather(city)),
          }),
        },
        stopWhen: [isStepCount(5)],
        providerOptions: { openai: { parallelToolCalls: false } },
        // TODO: export no span for a replayed call, and no prompts or answers.
      });

      return text;
    },
  },
});
