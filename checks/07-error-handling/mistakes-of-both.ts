import type { Change, Mistake } from "../shared/proof.ts";

/** The tool's step. It is the same in both agents that end at a terminal error. */
export const step = 'ctx.run("get weather", () => fetchWeather(city)),';

/** Mistakes that people can make in both agents. */
export function mistakesOfBoth(agent: (...replace: Change["replace"]) => Change[]): Mistake[] {
  return [
    {
      id: "stops-after-one-step",
      belief: "One question to the model is one step.",
      changes: agent(["isStepCount(5)", "isStepCount(1)"]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /isStepCount\(1\) \(.*\) ends the loop/,
    },
    {
      id: "plain-error",
      belief: "An error is an error: which class I throw does not matter.",
      changes: agent([step, throwing("new Error(error.message)")]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /retries forever/,
    },
    {
      id: "model-not-durable",
      belief: "An agent that fails anyway does not have to keep what the model said.",
      changes: agent([
        "middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),",
        "middleware: [],",
      ]),
      caughtBy: { check: "refused-in-crash", mode: "normal" },
      cause: /Nothing keeps what the model answers/,
    },
    {
      id: "no-step-count",
      belief: "What I put into stopWhen replaces what was there.",
      changes: agent(
        ["isStepCount(5),", ""],
        ["generateText, isStepCount, tool", "generateText, tool"],
      ),
      caughtBy: { check: "endless-model", mode: "normal" },
      cause: /isStepCount is missing in stopWhen/,
    },
    {
      id: "stops-at-words",
      belief: "If the model says something, that is its answer.",
      changes: agent([
        "isStepCount(5),",
        'isStepCount(5),\n          ({ steps }) => steps.at(-1)?.text !== "",',
      ]),
      caughtBy: { check: "wrong-call", mode: "normal" },
      cause: /The loop was stopped before the model could answer/,
    },
    {
      id: "a-timeout-around-the-step",
      belief: "A tool that takes a minute has failed.",
      changes: agent([step, `${step.slice(0, -1)}.orTimeout({ minutes: 1 }),`]),
      caughtBy: { check: "weather-hangs", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "every-failure-is-final",
      belief: "A tool that fails has failed: I make all its errors terminal.",
      changes: agent([
        step,
        throwing("new restate.TerminalError(error.message, { errorCode: 404 })"),
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /A temporary error was treated as permanent|The error is caught/,
    },
  ];
}

function throwing(error: string): string {
  return `ctx.run("get weather", () =>
                fetchWeather(city).catch((error) => {
                  throw ${error};
                }),
              ),`;
}
