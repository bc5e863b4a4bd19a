import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: [
      "crash-before-weather",
      "crash-after-weather",
      "model-errors",
      "crash-in-answer",
      "journalled-once",
      "server-restart",
    ],
    question:
      "When your handler runs again after a crash, who still knows what the model answered?",
    pointer:
      "A middleware around the model can make each model call a step. @restatedev/vercel-ai-middleware has one.",
    nearlyTheCode:
      "const model = wrapLanguageModel({ model: …, middleware: durableCalls(ctx, { … }) });",
  },
  {
    checks: ["weather-outage", "weather-hangs", "refused-city", "restart-with-fix"],
    question:
      "Who retries when the weather API is down: your code, the model, or Restate? Who should?",
    pointer:
      "Run the call as a step: Restate retries a step that throws, and keeps what it returns.",
    nearlyTheCode: 'execute: async ({ city }) => ctx.run("…", () => …),',
  },
];

export const prediction =
  "Killed in the tool, the original code makes three model calls and two weather calls. With your fix it makes two and two, which is the best possible: the call in flight has to be made again.";

export const why =
  "Each call of the model and of the tool is a step, and its result is in the journal before the next one begins. After a crash the handler runs again and gets these results from the journal. Only the call in flight is made again. An error that a step throws is not an answer, so Restate retries the step until it has one.";
