import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: [
      "refused",
      "refused-later",
      "refused-in-crash",
      "wrong-call",
      "endless-model",
      "cancelled",
    ],
    question:
      "Who sees the tool's error first: your handler or the model? And what can end the loop after that?",
    pointer:
      "An error that stopWhen throws reaches your handler. Errors of callbacks do not. stopWhen gets all steps.",
    nearlyTheCode: `stopWhen: [
  isStepCount(5),
  ({ steps }) => {
    steps.forEach(…);
    return false;
  },
],`,
  },
];

export const prediction =
  "In the original code, the caller gets 200 after two model calls, and 200 with an apology if you cancel. With your fix it gets 404 after one model call, and 409 if you cancel.";

export const why =
  "The AI SDK tells the model about every error in a tool, also a terminal one, and swallows what a callback throws. An error that stopWhen throws reaches your handler. So the tool's terminal error ends the invocation with its own code and message, and you pay for no further model call.";
