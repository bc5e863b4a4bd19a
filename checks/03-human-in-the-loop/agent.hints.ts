import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "The process that asked is dead, and the reviewer approves. How does the answer find its way?",
    "Wait for a promise of Restate's that somebody outside resolves by its id, and ask under that id.",
    `const approval = ctx.awakeable<boolean>();
await ctx.run("request review", () => requestHumanReview(message, …));
return …;`,
  ],
];

export const why =
  "The awakeable's id is the same on each replay, so the reviewer's answer finds the invocation in whatever process it is, or in none. The request is a step and is sent once. The wait itself is Restate's: the invocation is suspended, and no process runs for it.";
