import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["refused", "wrong-call", "endless-model"],
    question:
      "The loop continues while no stopping condition is true. Which condition would be true here?",
    pointer:
      "stopWhen takes several conditions, and the middleware exports one for terminal errors of tools.",
    nearlyTheCode: "stopWhen: [isStepCount(5), has…],",
  },
  {
    checks: ["refused", "refused-later", "refused-in-crash", "wrong-call", "cancelled"],
    question: "When the loop has stopped, its text is empty. Where is the tool's message?",
    pointer:
      "Each of result.steps has a content list. Parts of type tool-error have toolName and error. A cancellation is such an error, too.",
    nearlyTheCode: `const [failed] = getTerminalToolSteps(result.steps)
  .flatMap(({ content }) => content)
  .filter((part) => part.type === "tool-error");
if (failed?.error instanceof restate.…) throw failed.error;
if (failed) return { failedTool: failed.toolName, … };`,
  },
];

export const why =
  "stopWhen ends the loop when a tool has failed permanently, before the model is asked again. Then your code looks at the steps and answers. A cancellation is a terminal error, too: if you rethrow it, it still ends the invocation.";
