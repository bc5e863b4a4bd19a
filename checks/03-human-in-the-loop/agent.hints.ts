import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: [
      "denied",
      "review-down",
      "waits-a-day",
      "crash-before-request",
      "crash-after-request",
      "crash-while-waiting",
      "server-restart-while-waiting",
      "both-down-while-waiting",
      "asked-once",
      "suspended-while-waiting",
    ],
    question:
      "The process that asked has crashed, and the reviewer approves. How does the answer arrive?",
    pointer:
      "Restate has a promise that somebody outside resolves by its id. Send that id with the request to the reviewer.",
    nearlyTheCode: `const approval = ctx.awakeable<boolean>();
await ctx.run("request review", () => requestHumanReview(message, …));
return …;`,
  },
];

export const prediction =
  "In the original code, the reviewer gets a second request with another id, and the second process waits for the answer to that one. With your fix the reviewer gets one request, and its answer arrives.";

export const why =
  "The awakeable's id is the same in every replay, so the answer finds the invocation, even a suspended one. The request is a step and is sent once. Restate waits, not your code: the invocation is suspended, and no process runs for it.";
