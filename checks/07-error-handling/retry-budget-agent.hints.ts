import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["model-down"],
    question: "Who repeats a failed model call: the AI SDK, or the step around it?",
    pointer: "The durable middleware takes the options of a step, including a limit of attempts.",
    nearlyTheCode: "middleware: durableCalls(ctx, { max…: 3 }),",
  },
  {
    checks: ["weather-down", "short-outage", "refused-city", "crash-in-outage", "cancelled"],
    question:
      "What does a step throw if its attempts are used up? And if the invocation is cancelled?",
    pointer:
      "Give the step a limit, and catch the error around it, not inside. Rethrow a CancelledError.",
    nearlyTheCode: `try {
  return await ctx.run("get weather", () => fetchWeather(city), { … });
} catch (error) {
  if (error instanceof restate.…) throw error;
  return "The weather is not known right now.";
}`,
  },
  {
    checks: ["model-refuses", "model-busy"],
    question: "How does the step know that a 401 will be a 401 every time?",
    pointer:
      "An APICallError has isRetryable. The service's option asTerminalError can make an error terminal.",
    nearlyTheCode: `options: {
  asTerminalError: (error) =>
    APICallError.isInstance(error) && !error.…
      ? new restate.TerminalError(error.message)
      : undefined,
},`,
  },
];

export const why =
  "Restate counts a step's attempts, also across crashes, and throws a terminal error when they are used up. Around the step you decide what happens then. An error that the provider will repeat every time becomes terminal at once. A temporary error is retried.";
