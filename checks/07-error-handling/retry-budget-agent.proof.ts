import { sampledEachSecondTime } from "../shared/by-chance.ts";
import { weatherInAHandler } from "../shared/handler-of-its-own.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import type { Change, Proof } from "../shared/proof.ts";

const model = "middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),";
const limit = `, {
                  maxRetryAttempts: 5,
                }`;
const cancelled = "                if (error instanceof restate.CancelledError) throw error;\n";
const tool = `async ({ city }) => {
              try {
                return await ctx.run("get weather", () => fetchWeather(city), {
                  maxRetryAttempts: 5,
                });
              } catch (error) {
                if (error instanceof restate.CancelledError) throw error;
                return "The weather is not known right now.";
              }
            },`;
const isForGood = "APICallError.isInstance(error) && !error.isRetryable";
const options = `  options: {
    asTerminalError: (error) =>
      ${isForGood}
        ? new restate.TerminalError(error.message, { errorCode: error.statusCode ?? 500 })
        : undefined,
  },
`;

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "retry-budget-agent.ts", replace },
];

export const proof: Proof = {
  stubFails: ["model-down", "model-refuses", "weather-down", "refused-city", "crash-in-outage"],
  mistakes: [
    contextInTheModule(
      "retry-budget-agent.ts",
      "const model = wrapLanguageModel({",
      'ctx.run("get weather"',
    ),
    {
      id: "model-without-a-limit",
      belief: "Restate gives up by itself after some attempts.",
      changes: agent([model, "middleware: durableCalls(ctx),"]),
      caughtBy: { check: "model-down", mode: "normal" },
      cause: /The limit on attempts is missing or too high/,
    },
    {
      id: "sdk-retries-counted-in",
      belief: "The AI SDK asks three times by itself, so one attempt of Restate's is enough.",
      changes: agent(
        [model, "middleware: durableCalls(ctx, { maxRetryAttempts: 1 }),"],
        [
          "        model,\n        instructions",
          "        model,\n        maxRetries: 2,\n        instructions",
        ],
      ),
      caughtBy: { check: "model-down", mode: "normal" },
      cause: /The limit is lower .*, or a 503 is treated as permanent/,
    },
    {
      id: "every-model-error-is-final",
      belief: "If the model answers with an error, it will answer so again.",
      changes: agent([isForGood, "APICallError.isInstance(error)"]),
      caughtBy: { check: "model-down", mode: "normal" },
      cause: /The limit is lower .*, or a 503 is treated as permanent/,
    },
    {
      id: "model-errors-caught",
      belief: "The caller should always get a friendly answer.",
      changes: agent(
        [
          "const { text } = await generateText({",
          "try {\n      const { text } = await generateText({",
        ],
        [
          "      return text;",
          `      return text;
      } catch {
        return "Sorry, something went wrong. Please ask again later.";
      }`,
        ],
      ),
      caughtBy: { check: "model-down", mode: "normal" },
      alsoFails: ["cancelled"],
      cause: /The error was caught/,
    },
    {
      id: "refused-requests-made-again",
      belief: "Three attempts are cheap, no matter what the error is.",
      changes: agent([options, ""], ["APICallError, generateText", "generateText"]),
      caughtBy: { check: "model-refuses", mode: "normal" },
      cause: /An error with 401 is treated as a temporary one/,
    },
    {
      id: "too-many-requests-is-final",
      belief: "Every status of 400 and above is the client's fault, and not retried.",
      changes: agent([
        isForGood,
        "APICallError.isInstance(error) && (error.statusCode ?? 500) < 500",
      ]),
      caughtBy: { check: "model-busy", mode: "normal" },
      cause: /A temporary error was treated as permanent, or an error is/,
    },
    {
      id: "tool-without-a-limit",
      belief: "The catch around the step handles an outage of the weather API.",
      changes: agent([limit, ""]),
      caughtBy: { check: "weather-down", mode: "normal" },
      cause: /The step's limit on attempts is missing or too high/,
    },
    {
      id: "caught-in-the-step",
      belief: "The fallback belongs where the error is: in the step.",
      changes: agent([
        tool,
        `async ({ city }) =>
              ctx.run(
                "get weather",
                () => fetchWeather(city).catch(() => "The weather is not known right now."),
                { maxRetryAttempts: 5 },
              ),`,
      ]),
      caughtBy: { check: "weather-down", mode: "normal" },
      alsoFails: ["short-outage", "crash-in-outage"],
      cause: /The step's limit is below five, or its error is caught/,
    },
    {
      id: "a-small-budget",
      belief: "Two attempts are enough for a weather API.",
      changes: agent([limit, ", { maxRetryAttempts: 2 }"]),
      caughtBy: { check: "weather-down", mode: "normal" },
      alsoFails: ["short-outage", "crash-in-outage"],
      cause: /The step's limit is below five, or its error is caught/,
    },
    {
      id: "no-fallback",
      belief: "When the budget is used up, the model is told by itself.",
      changes: agent([
        tool,
        'async ({ city }) => ctx.run("get weather", () => fetchWeather(city), { maxRetryAttempts: 5 }),',
      ]),
      caughtBy: { check: "weather-down", mode: "normal" },
      cause: /the tool must catch it/,
    },
    {
      id: "fallback-in-finally",
      belief: "finally runs at the end of all attempts.",
      changes: agent([
        `              } catch (error) {
${cancelled}                return "The weather is not known right now.";
              }`,
        `              } finally {
                return "The weather is not known right now.";
              }`,
      ]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /A return in finally \(retry-budget-agent\.ts:\d+:\d+\) replaces every result/,
    },
    {
      id: "invented-weather",
      belief: "Some weather is better than none.",
      changes: agent([
        'return "The weather is not known right now.";',
        'return { temperature: "20°C", condition: "Sunny" };',
      ]),
      caughtBy: { check: "weather-down", mode: "normal" },
      cause: /an invented temperature/,
    },
    {
      id: "limit-on-the-run",
      belief: "A retry policy of the service is a budget for each call.",
      changes: agent(
        [model, "middleware: durableCalls(ctx),"],
        [
          "  options: {",
          `  options: {
    retryPolicy: { maxAttempts: 3, onMaxAttempts: "kill" },`,
        ],
      ),
      caughtBy: { check: "budget-per-call", mode: "normal" },
      cause: /The service's retryPolicy \(retry-budget-agent\.ts:\d+:\d+\) counts/,
    },
    {
      id: "one-attempt-for-the-run",
      belief: "With a limit for each call, the run itself needs no second attempt.",
      changes: agent([
        "  options: {",
        `  options: {
    retryPolicy: { maxAttempts: 1, onMaxAttempts: "kill" },`,
      ]),
      caughtBy: { check: "crash-in-outage", mode: "normal" },
      cause: /The service's retryPolicy \(retry-budget-agent\.ts:\d+:\d+\) counts/,
    },
    {
      id: "refusal-rethrown",
      belief: "A city that does not exist is not an outage: the caller is told so.",
      changes: agent([
        "if (error instanceof restate.CancelledError) throw error;",
        "if (error instanceof restate.TerminalError && error.code !== 500) throw error;",
      ]),
      caughtBy: { check: "refused-city", mode: "normal" },
      cause: /The step's error ended the agent: the tool must/,
    },
    {
      id: "refusal-made-ordinary",
      belief: "An error is an error: which class I throw does not matter.",
      changes: agent([
        "() => fetchWeather(city)",
        `() =>
                  fetchWeather(city).catch((error) => {
                    throw new Error(error.message);
                  })`,
      ]),
      caughtBy: { check: "refused-city", mode: "normal" },
      cause: /turned into an ordinary error/,
    },
    {
      id: "tries-in-one-step",
      belief: "A loop counts as well as Restate does.",
      changes: agent([
        tool,
        `async ({ city }) =>
              ctx.run("get weather", async () => {
                for (let tries = 0; tries < 5; tries++) {
                  try {
                    return await fetchWeather(city);
                  } catch (error) {
                    if (error instanceof restate.TerminalError) break;
                  }
                }
                return "The weather is not known right now.";
              }),`,
      ]),
      caughtBy: { check: "crash-in-outage", mode: "normal" },
      cause: /a crash deletes the count/,
    },
    {
      id: "cancellation-caught",
      belief: "Whatever the step throws, the fallback is better than nothing.",
      changes: agent([cancelled, ""]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    sampledEachSecondTime("retry-budget-agent.ts", "return text;"),
  ],
  variants: [
    weatherInAHandler(
      "retry-budget-agent.ts",
      "RetryBudgetAgent",
      `ctx.run("get weather", () => fetchWeather(city), {
                  maxRetryAttempts: 5,
                })`,
      "city",
    ),
    {
      id: "failure-as-a-value",
      how: "the step's failure turned into a value with map",
      changes: agent([
        tool,
        `async ({ city }) =>
              ctx
                .run("get weather", () => fetchWeather(city), { maxRetryAttempts: 5 })
                .map((weather, failure) => (failure ? "unknown" : weather)),`,
      ]),
    },
    {
      id: "own-middleware",
      how: "the lesson's second middleware, inside the durable one",
      changes: agent(
        [
          "      const model = wrapLanguageModel({",
          `      const patient: LanguageModelMiddleware = {
        specificationVersion: "v4",
        wrapGenerate: async ({ doGenerate }) => {
          try {
            return await doGenerate();
          } catch (error) {
            if (!APICallError.isInstance(error)) throw error;
            if (!error.isRetryable) throw new restate.TerminalError(error.message);
            const seconds = Number(error.responseHeaders?.["retry-after"]);
            if (!seconds) throw error;
            throw new restate.RetryableError(error.message, { retryAfter: { seconds } });
          }
        },
      };

      const model = wrapLanguageModel({`,
        ],
        [model, "middleware: [durableCalls(ctx, { maxRetryAttempts: 3 }), patient],"],
        [options, ""],
        ["import { APICallError,", "import { type LanguageModelMiddleware, APICallError,"],
      ),
    },
    {
      id: "quicker-tries",
      how: "the same number of attempts, with other waits between them",
      changes: agent([
        limit,
        ", { maxRetryAttempts: 5, initialRetryInterval: 10, retryIntervalFactor: 1.2 }",
      ]),
    },
  ],
};
