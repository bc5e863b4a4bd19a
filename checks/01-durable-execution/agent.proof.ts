import { sampledEachSecondTime } from "../shared/by-chance.ts";
import { weatherInAHandler } from "../shared/handler-of-its-own.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import type { Change, Proof } from "../shared/proof.ts";

const durableModel = `wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      })`;
const durableTool = `ctx.run("get weather", () => fetchWeather(city))`;

const agent = (...replace: Change["replace"]): Change[] => [{ file: "agent.ts", replace }];

export const proof: Proof = {
  stubFails: [
    "crash-before-weather",
    "crash-after-weather",
    "crash-in-answer",
    "weather-outage",
    "restart-with-fix",
    "journalled-once",
    "server-restart",
  ],
  mistakes: [
    {
      id: "steps-inside-a-step",
      belief: "One step around all of it, and one around the tool: twice is safer.",
      changes: agent(
        [
          "const { text } = await generateText({",
          'const { text } = await ctx.run("agent", () =>\n      generateText({',
        ],
        ["parallelToolCalls: false } },\n      });", "parallelToolCalls: false } },\n      }));"],
      ),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /Inside a step, agent\.ts:\d+:\d+ uses the context: ctx\.run/,
    },
    {
      id: "streamed",
      belief: "Users like to watch the answer appear, so I stream it.",
      changes: agent(
        ["const { text } = await generateText({", "const { text } = streamText({"],
        ["return text;", "return await text;"],
        ["generateText, isStepCount", "isStepCount, streamText"],
      ),
      caughtBy: { check: "crash-before-weather", mode: "normal" },
      cause: /agent\.ts:\d+:\d+ streams the model's answer/,
    },
    {
      id: "a-timeout-around-the-step",
      belief: "A weather API that takes a minute is down.",
      changes: agent([durableTool, `${durableTool}.orTimeout({ minutes: 1 })`]),
      caughtBy: { check: "weather-hangs", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "a-timeout-in-the-step",
      belief: "After ten seconds the user prefers an answer without the weather.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () =>
                Promise.race([
                  fetchWeather(city),
                  new Promise<string>((resolve) => {
                    setTimeout(() => resolve("The weather is not known."), 10_000);
                  }),
                ]),
              )`,
      ]),
      caughtBy: { check: "weather-hangs", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "model-in-the-module",
      belief: "The model is the same for every run, so I wrap it once.",
      changes: agent(
        [
          "export default restate",
          "let model: ReturnType<typeof wrapLanguageModel> | undefined;\n\nexport default restate",
        ],
        [`const model = ${durableModel}`, `model ??= ${durableModel}`],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /Something that belongs to one run is kept in a variable of/,
    },
    contextInTheModule("agent.ts", "const model = wrapLanguageModel({", 'ctx.run("get weather"'),
    {
      id: "model-not-durable",
      belief: "The AI SDK already retries model calls.",
      changes: agent([durableModel, `openai("gpt-4o")`]),
      caughtBy: { check: "crash-before-weather", mode: "normal" },
      alsoFails: ["crash-after-weather", "crash-in-answer", "journalled-once", "server-restart"],
      cause: /Nothing keeps what the model answers/,
    },
    {
      id: "result-kept-in-one-step",
      belief: "A step keeps whatever my function returns.",
      changes: agent(
        [durableModel, `openai("gpt-4o")`],
        [durableTool, "fetchWeather(city)"],
        ["await generateText({", 'await ctx.run("agent", () => generateText({'],
        [
          "providerOptions: { openai: { parallelToolCalls: false } },\n      });",
          "providerOptions: { openai: { parallelToolCalls: false } },\n      }));",
        ],
      ),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /Restate keeps a step's result as JSON, which loses/,
    },
    {
      id: "everything-in-one-step",
      belief: "One ctx.run around the whole agent makes everything durable.",
      changes: agent(
        [durableModel, `openai("gpt-4o")`],
        [durableTool, "fetchWeather(city)"],
        [
          "const { text } = await generateText({",
          `const text = await ctx.run("agent", async () => (await generateText({`,
        ],
        [
          "providerOptions: { openai: { parallelToolCalls: false } },\n      });",
          "providerOptions: { openai: { parallelToolCalls: false } },\n      })).text);",
        ],
      ),
      caughtBy: { check: "crash-before-weather", mode: "normal" },
      cause: /The whole conversation is one step/,
    },
    {
      id: "tool-outside-a-step",
      belief: "Durable model calls are enough: asking for the weather twice does no harm.",
      changes: agent([durableTool, "fetchWeather(city)"]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /fetchWeather\(city\) is not called in a step/,
    },
    {
      id: "outage-caught-in-the-step",
      belief: "A tool should never throw: the model can explain to the user what went wrong.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", async () => {
                try {
                  return await fetchWeather(city);
                } catch (error) {
                  return { error: String(error) };
                }
              })`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      alsoFails: ["restart-with-fix"],
      cause: /The error is caught/,
    },
    {
      id: "outage-caught-around-the-step",
      belief: "One attempt, and a friendly answer if it fails, is what users want.",
      changes: agent([
        `async ({ city }) => ${durableTool}`,
        `async ({ city }) => {
              try {
                return await ctx.run("get weather", () => fetchWeather(city), { maxRetryAttempts: 1 });
              } catch {
                return "The weather is not available.";
              }
            }`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /The step has a limit/,
    },
    {
      id: "tool-gives-up",
      belief: "Everything needs a retry limit, or it hangs forever.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () => fetchWeather(city), { maxRetryAttempts: 3 })`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /The step limits its attempts or its time/,
    },
    {
      id: "tool-gives-up-late",
      belief: "Ten attempts are plenty.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () => fetchWeather(city), { maxRetryAttempts: 10 })`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /The step limits its attempts or its time/,
    },
    {
      id: "tool-gives-up-in-time",
      belief: "Nobody waits longer than an hour for the weather.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () => fetchWeather(city), { maxRetryDuration: { hours: 1 } })`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /The step limits its attempts or its time/,
    },
    {
      id: "retries-of-ones-own",
      belief: "A loop around the call is a retry, too.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", async () => {
                for (;;) {
                  try {
                    return await fetchWeather(city);
                  } catch {
                    await new Promise((resolve) => setTimeout(resolve, 20));
                  }
                }
              })`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /Your own code retries, in the step or around it, and/,
    },
    {
      id: "outage-without-words",
      belief: "Users must not see internal errors, so I throw one of my own.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () =>
                fetchWeather(city).catch(() => {
                  throw new Error("Something went wrong.");
                }),
              )`,
      ]),
      caughtBy: { check: "weather-outage", mode: "normal" },
      cause: /The error is caught, and another error without its message/,
    },
    {
      id: "refusal-retried",
      belief: "Any error of the weather API can be retried.",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () =>
                fetchWeather(city).catch((error) => {
                  throw new Error(\`weather: \${error.message}\`);
                }),
              )`,
      ]),
      caughtBy: { check: "refused-city", mode: "normal" },
      cause: /TerminalError that fetchWeather throws was turned into an ordinary error/,
    },
    {
      id: "model-errors-caught",
      belief: "When the model is overloaded, I apologise and let the user ask again.",
      changes: agent(
        [
          "      const { text } = await generateText({",
          "      const answer = await generateText({\n        maxRetries: 0,",
        ],
        [
          "parallelToolCalls: false } },\n      });",
          `parallelToolCalls: false } },\n      }).catch(() => ({ text: "Sorry, please try later." }));`,
        ],
        ["return text;", "return answer.text;"],
        ["maxRetryAttempts: 3", "maxRetryAttempts: 1"],
      ),
      caughtBy: { check: "model-errors", mode: "normal" },
      cause: /The model's error was caught and replaced by an answer/,
    },
    {
      id: "random-step-name",
      belief: "Step names must be unique, so I add a random number.",
      changes: agent([`"get weather"`, "`get weather ${Math.random()}`"]),
      caughtBy: { check: "crash-before-weather", mode: "normal" },
      cause: /A step's name changes from attempt to attempt/,
    },
    {
      id: "hard-coded-answer",
      belief: "The check asks for San Francisco, so I return its weather.",
      changes: agent([
        "return text;",
        `return text && "It is 25°C in San Francisco, heavy rain.";`,
      ]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /The answer is not what the model said/,
    },
    sampledEachSecondTime("agent.ts", "return text;"),
  ],
  variants: [
    weatherInAHandler("agent.ts", "WeatherAgent", durableTool, "city"),
    {
      id: "a-timeout-for-each-try",
      how: "an attempt that hangs is given up after half a minute and made again",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () =>
                Promise.race([
                  fetchWeather(city),
                  new Promise<never>((_, reject) => {
                    setTimeout(() => reject(new Error("The weather API hangs.")), 30_000);
                  }),
                ]),
              )`,
      ]),
    },
    {
      id: "other-names",
      how: "other step names, the tool's code in a function, no limit for model calls",
      changes: agent(
        [`${durableTool},`, `weatherStep(ctx, city),`],
        ["durableCalls(ctx, { maxRetryAttempts: 3 })", "durableCalls(ctx)"],
        [
          "export default restate",
          `function weatherStep(ctx: restate.Context, city: string) {
  return ctx.run(\`the weather in \${city}\`, () => fetchWeather(city));
}

export default restate`,
        ],
      ),
    },
    {
      id: "patient-step",
      how: "the tool's step with its own retry intervals and no limit",
      changes: agent([
        durableTool,
        `ctx.run("get weather", () => fetchWeather(city), {
                initialRetryInterval: { seconds: 1 },
                maxRetryInterval: { seconds: 30 },
              })`,
      ]),
    },
    {
      id: "own-middleware",
      how: "the model's calls journalled by a middleware of their own",
      changes: agent(
        [
          "durableCalls(ctx, { maxRetryAttempts: 3 })",
          `{
          specificationVersion: "v4",
          wrapGenerate: ({ doGenerate }) =>
            ctx.run("model", async () => doGenerate(), { serde: superJson }),
        }`,
        ],
        ["import { durableCalls }", "import { superJson }"],
      ),
    },
    {
      id: "lean-middleware",
      how: "a middleware of their own that keeps only what the agent needs of the model's answer",
      changes: agent(
        [
          "durableCalls(ctx, { maxRetryAttempts: 3 })",
          `{
          specificationVersion: "v4",
          wrapGenerate: ({ doGenerate }) =>
            ctx.run("model", async () => {
              const { content, finishReason, usage, warnings } = await doGenerate();
              return { content, finishReason, usage, warnings };
            }, { serde: superJson }),
        }`,
        ],
        ["import { durableCalls }", "import { superJson }"],
      ),
    },
    {
      id: "call-id-in-the-result",
      how: "the tool's result with the id of the call that it answers",
      changes: agent([
        `async ({ city }) => ${durableTool}`,
        `async ({ city }, { toolCallId }) =>
              ctx.run("get weather", async () => ({ toolCallId, ...(await fetchWeather(city)) }))`,
      ]),
    },
    {
      id: "denver-fixed",
      how: "failOnDenver removed from utils.ts, as the lesson says",
      changes: [{ file: "utils.ts", replace: [["  failOnDenver(city);\n", ""]] }],
    },
    {
      id: "denver-commented",
      how: "a remark after failOnDenver, as a learner might leave it",
      changes: [
        {
          file: "utils.ts",
          replace: [["  failOnDenver(city);", "  failOnDenver(city); // goes later"]],
        },
      ],
    },
    {
      id: "two-steps",
      how: "the weather fetched in one step and turned into words in another",
      changes: agent([
        `async ({ city }) => ${durableTool}`,
        `async ({ city }) => {
              const weather = await ctx.run("fetch", () => fetchWeather(city));
              return ctx.run("words", () => \`\${weather.temperature}, \${weather.condition}\`);
            }`,
      ]),
    },
  ],
};
