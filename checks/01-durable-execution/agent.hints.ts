import type { Hints } from "../shared/hints.ts";

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

export const why =
  "Each call of the model and of the tool is a step, and a step's result is in the journal before the next one begins. Killed, the agent is started again and gets what is there from the journal; only the call in flight is made again: killed in the tool, that is two calls of the model and two of the weather API in all. What a step throws is no answer, so Restate tries it until it is one.";
