import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const hook = "openTelemetryHook({ tracer })";
const importsHook = 'import { openTelemetryHook } from "@restatedev/restate-sdk-opentelemetry";\n';
const options = `  options: { hooks: [${hook}] },\n`;
const importsTracer = 'import { tracer } from "./tracing.ts";';
const importsOpenAi = 'import { openai } from "@ai-sdk/openai";';
const importsTelemetry = `${importsOpenAi}\nimport { OpenTelemetry } from "@ai-sdk/otel";`;
const noTelemetry =
  "        // TODO: export no span for a replayed call, and no prompts or answers.\n";
const telemetry = (settings: string) =>
  `${noTelemetry}        telemetry: { integrations: [new OpenTelemetry({ tracer })]${settings} },\n`;
const withoutContent = ", recordInputs: false, recordOutputs: false";
const step = "ctx.run(`get weather in ${city}`, () => fetchWeather(city))";
const answer = "return text;";

const byHand = (errors: string) =>
  `await fetch(\`\${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces\`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ resourceSpans: [] }),
      })${errors};
      ${answer}`;

const agent = (...replace: Change["replace"]): Change[] => [{ file: "tracing-agent.ts", replace }];

export const proof: Proof = {
  stubFails: ["real-calls", "none-for-replays", "one-trace", "nothing-private"],
  mistakes: [
    contextInTheModule(
      "tracing-agent.ts",
      "const model = wrapLanguageModel({",
      "ctx.run(`get weather",
    ),
    {
      id: "stops-after-one-step",
      belief: "One question to the model is one step.",
      changes: agent(["isStepCount(5)", "isStepCount(1)"]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /isStepCount\(1\) \(.*\) ends the loop/,
    },
    {
      id: "telemetry-of-the-ai-sdk-alone",
      belief: "The AI SDK has telemetry: with inputs and outputs off, it is all I need.",
      changes: agent(
        [options, ""],
        [importsHook, ""],
        [importsOpenAi, importsTelemetry],
        [noTelemetry, telemetry(withoutContent)],
      ),
      caughtBy: { check: "real-calls", mode: "normal" },
      cause: /No hook opens spans for steps/,
    },
    {
      id: "a-provider-of-its-own",
      belief: "A tracer comes from a provider, so I make one.",
      changes: agent(
        [importsTracer, 'import { TracerProvider } from "@opentelemetry/sdk-trace";'],
        [hook, 'openTelemetryHook({ tracer: new TracerProvider().getTracer("weather") })'],
      ),
      caughtBy: { check: "real-calls", mode: "normal" },
      cause: /No span has arrived.*their provider has no exporter/,
    },
    {
      id: "attempts-alone",
      belief: "A span for each attempt is enough: the journal has the rest.",
      changes: agent([hook, "openTelemetryHook({ tracer, runSpans: false })"]),
      caughtBy: { check: "real-calls", mode: "normal" },
      cause: /No hook opens spans for steps, or those spans have/,
    },
    {
      id: "a-trace-for-each-attempt",
      belief: "I can easily write a hook that opens a span for each attempt and each step.",
      changes: agent(
        [importsHook, ""],
        [
          options,
          `  options: {
    hooks: [
      () => ({
        interceptor: {
          handler: (next) => tracer.startActiveSpan("attempt", (span) => next().finally(() => span.end())),
          run: (name, next) => tracer.startActiveSpan(name, (span) => next().finally(() => span.end())),
        },
      }),
    ],
  },
`,
        ],
      ),
      caughtBy: { check: "one-trace", mode: "normal" },
      cause: /Each attempt begins its own trace, and does not join/,
    },
    {
      id: "prompt-as-an-attribute",
      belief: "A trace without the question does not help its reader.",
      changes: agent(
        [importsOpenAi, `${importsOpenAi}\nimport { trace } from "@opentelemetry/api";`],
        [
          "      const { text }",
          '      trace.getActiveSpan()?.setAttribute("prompt", prompt);\n\n      const { text }',
        ],
      ),
      caughtBy: { check: "nothing-private", mode: "normal" },
      cause: /An attribute contains it, or the AI SDK's telemetry records/,
    },
    {
      id: "telemetry-as-it-comes",
      belief: "The AI SDK's defaults are made for production.",
      changes: agent([importsOpenAi, importsTelemetry], [noTelemetry, telemetry("")]),
      caughtBy: { check: "nothing-private", mode: "normal" },
      cause: /as it does by default/,
    },
    {
      id: "sent-by-hand",
      belief: "A span for the answer is one request to the collector, and needs no package.",
      changes: agent([answer, byHand("")]),
      caughtBy: { check: "collector-down", mode: "normal" },
      cause: /The handler itself sends the spans/,
    },
    {
      id: "flushed-before-the-answer",
      belief: "A process may be frozen when it has answered, so all spans must be sent before.",
      changes: agent(
        [importsTracer, 'import { provider, tracer } from "./tracing.ts";'],
        [answer, `await provider.forceFlush();\n      ${answer}`],
      ),
      caughtBy: { check: "collector-down", mode: "normal" },
      cause: /waits until all spans are sent/,
    },
    {
      id: "sent-by-hand-without-errors",
      belief: "If I catch the collector's errors, it can do no harm.",
      changes: agent([answer, byHand(".catch(() => {})")]),
      caughtBy: { check: "collector-hangs", mode: "normal" },
      cause: /waits until all spans are sent/,
    },
    {
      id: "telemetry-beside-the-hook",
      belief: "The hook shows the attempts, and the AI SDK's telemetry shows the model calls.",
      changes: agent([importsOpenAi, importsTelemetry], [noTelemetry, telemetry(withoutContent)]),
      caughtBy: { check: "none-for-replays", mode: "normal" },
      cause: /The AI SDK's telemetry \(tracing-agent\.ts:\d+:\d+\) opens a span/,
    },
    {
      id: "span-around-the-step",
      belief: "A tool call is a span, so I open it where the tool begins.",
      changes: agent([
        step,
        `tracer.startActiveSpan("look up", (span) =>
                ${step}.finally(() => span.end()),
              )`,
      ]),
      caughtBy: { check: "none-for-replays", mode: "normal" },
      cause: /A span is opened around a step \(tracing-agent\.ts:\d+:\d+\)/,
    },
    sampledEachThirdTime("tracing-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("tracing-agent.ts"),
  ],
  variants: [
    {
      id: "telemetry-switched-off",
      how: "the AI SDK's telemetry turned off by name, and a tracer chosen for each invocation",
      changes: agent(
        [hook, "openTelemetryHook({ tracer: () => tracer })"],
        [noTelemetry, `${noTelemetry}        telemetry: { isEnabled: false },\n`],
      ),
    },
    {
      id: "spans-in-the-steps",
      how: "their own spans in the steps, the model's with its tokens",
      changes: agent(
        [
          "middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),",
          `middleware: [
          durableCalls(ctx, { maxRetryAttempts: 3 }),
          {
            specificationVersion: "v4",
            wrapGenerate: ({ doGenerate, model }) =>
              tracer.startActiveSpan(\`weather agent: \${model.modelId}\`, async (span) => {
                const result = await doGenerate();
                span.setAttribute("gen_ai.usage.output_tokens", result.usage.outputTokens.total ?? 0);
                span.end();
                return result;
              }),
          },
        ],`,
        ],
        [
          "() => fetchWeather(city))",
          `() =>
                tracer.startActiveSpan("GET weather", (span) =>
                  fetchWeather(city).finally(() => span.end()),
                ),
              )`,
        ],
      ),
    },
    {
      id: "attributes-of-its-own",
      how: "attributes on the attempts' spans, a step in a helper, and a span for work of the agent's own",
      changes: agent(
        [
          "      const { text } = await",
          '      tracer.startActiveSpan("read the prompt", (span) => span.end());\n\n      const { text } = await',
        ],
        [hook, 'openTelemetryHook({ tracer, additionalAttemptAttributes: { team: "weather" } })'],
        [step, "weatherIn(ctx, city)"],
        [
          "export default",
          `function weatherIn(ctx: restate.Context, city: string) {
  return ctx.run(\`weather in \${city}\`, () => fetchWeather(city));
}

export default`,
        ],
      ),
    },
  ],
};
