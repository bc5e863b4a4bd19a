import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "Who sees the tool's error first: your handler or the model? And who could end the loop after that?",
    "What stopWhen throws gets through to your handler; what the callbacks throw is swallowed. It is given all steps.",
    `stopWhen: [
  isStepCount(5),
  ({ steps }) => {
    steps.forEach(…);
    return false;
  },
],`,
  ],
];

export const why =
  "The AI SDK tells the model of every error in a tool, a terminal one too, and swallows what a callback throws. What stopWhen throws it lets through, so the tool's terminal error ends the invocation with its own code and words, and no further model call is paid for.";
