import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "Who makes a failed model call again: the AI SDK, or the step in which it is made?",
    "The durable middleware takes the options of a step, a limit of attempts among them.",
    "middleware: durableCalls(ctx, { max…: 3 }),",
  ],
  [
    "What does a step throw when its attempts are used up, and what when its run is cancelled?",
    "Give the step a limit, and catch around it, not inside. A CancelledError is thrown on.",
    `try {
  return await ctx.run("get weather", () => fetchWeather(city), { … });
} catch (error) {
  if (error instanceof restate.…) throw error;
  return "The weather is not known right now.";
}`,
  ],
  [
    "How does the step know that a 401 will be a 401 each time?",
    "An APICallError says whether it isRetryable. The service's option asTerminalError makes an error terminal.",
    `options: {
  asTerminalError: (error) =>
    APICallError.isInstance(error) && !error.…
      ? new restate.TerminalError(error.message)
      : undefined,
},`,
  ],
];

export const why =
  "A step counts its attempts in Restate, across crashes, and throws a terminal error when there are none left: around the step you can say what happens then. What the provider will refuse each time is made terminal at once; what will pass is tried again.";
