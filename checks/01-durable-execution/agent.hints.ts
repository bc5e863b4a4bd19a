import type { Hints } from "../hints.ts";

export const hints: Hints = [
  [
    "When your handler is started again after a crash, who still knows what the model has answered?",
    "A middleware around the model can make each of its calls a step. One comes with the packages.",
    "const model = wrapLanguageModel({ model: …, middleware: durableCalls(ctx, { … }) });",
  ],
  [
    "Who tries again when the weather API is down: your code, the model, or Restate? Who should?",
    "Run the call as a step: what a step throws, Restate tries again, and what it returns is kept.",
    'execute: async ({ city }) => ctx.run("…", () => …),',
  ],
];
