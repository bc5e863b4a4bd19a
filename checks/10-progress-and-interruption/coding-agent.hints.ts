import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["knows-all", "four-at-once", "failed-work"],
    question: "Who writes down what the user said, if the work on it never ends?",
    pointer: "Store the conversation when the message comes, not only when there is an answer.",
    nearlyTheCode: `ctx.set("messages", messages);`,
  },
  {
    checks: [
      "interrupts",
      "crash",
      "cancelled-message",
      "one-at-a-time",
      "in-a-tool",
      "third-message",
      "crash-in-closing",
      "failed-work",
    ],
    question:
      "How does this handler find the work that is under way, and how does it know when it is over?",
    pointer:
      "Keep the id of the task in the state. Cancel it, and attach to it: that waits for its end. It ends with an error, because you cancelled it.",
    nearlyTheCode: `const task = await ctx.get<restate.InvocationId>("task");
if (task !== null) {
  ctx.invocation(task).…();
  await ctx.invocation(task).…().catch(…);
}
const next = tasks.run(…);
ctx.set("task", await next.…);`,
  },
  {
    checks: ["third-message", "four-at-once"],
    question:
      "Work ends, and in the same moment the next message starts other work. Which news comes last?",
    pointer: "Compare the id of the task that sends the news with the id in the state.",
    nearlyTheCode: `if (ended.task !== (await ctx.get(…))) return;`,
  },
  {
    checks: ["while-opening", "while-closing", "crash-in-closing", "failed-work", "in-a-tool"],
    question: "Which lines run after an await that throws?",
    pointer:
      "Close the branch in a finally around all of the work, the opening included. If the step that closes it throws a CancelledError, run it again.",
    nearlyTheCode: `const close = (): Promise<void> =>
  ctx.run("close the branch", () => …).catch((error) => {
    if (!(error instanceof restate.CancelledError)) throw error;
    return …;
  });
const answer = await work().finally(…);`,
  },
];

export const prediction =
  "In the original code, both tasks run to their end, and each writes its own files. The one that ends last replaces the conversation: the other message is gone. With your fix, the first task ends when the second message comes, and the second one knows both messages.";

export const why =
  "The id of the task is in the session's state, so any process can cancel it. The handler attaches to the task and so waits until it has ended. A cancellation is an error at the await of the task that is under way, and finally runs its last steps. They are steps like all others, so they survive a crash. News of an older task names another id, and changes nothing.";
