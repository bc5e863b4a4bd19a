import type { Hints } from "../hints.ts";

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
