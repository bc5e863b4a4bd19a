import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "The loop goes on as long as no stopping condition holds. Which one would hold here?",
    "stopWhen takes several conditions, and the middleware exports one for terminal errors of tools.",
    "stopWhen: [isStepCount(5), has…],",
  ],
  [
    "When the loop has stopped, its text is empty. Where is what the tool said?",
    "Each step has content, with parts of type tool-error: toolName and error. A cancellation is such an error, too.",
    `const [failed] = getTerminalToolSteps(result.steps)
  .flatMap(({ content }) => content)
  .filter((part) => part.type === "tool-error");
if (failed?.error instanceof restate.…) throw failed.error;
if (failed) return { failedTool: failed.toolName, … };`,
  ],
];

export const why =
  "stopWhen ends the loop once a tool has failed permanently, before the model is asked again, and your code looks at the steps and answers. A cancellation counts as a terminal error as well: thrown on, it still ends the invocation.";
