import type { Hints } from "../hints.ts";

export const hints: Hints = [
  [
    "The process that asked is dead, and the reviewer approves. How does the answer find its way?",
    "Wait for a promise of Restate's that somebody outside resolves by its id, and ask under that id.",
    `const approval = ctx.awakeable<boolean>();
await ctx.run("request review", () => requestHumanReview(message, …));
return …;`,
  ],
];
