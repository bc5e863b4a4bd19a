import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["first-wins", "other-wins", "crash-in-the-race", "calm"],
    question: "During a replay, both answers may exist. Who says which one was first?",
    pointer:
      "restate.RestatePromise has a race, too. The journal decides it, so every replay gets the same winner.",
    nearlyTheCode: "const answer = restate.RestatePromise.…(specialists);",
  },
  {
    checks: ["loser-cancelled", "refuses-first", "cancelled"],
    question: "The loser does not know that it has lost. How can you reach it?",
    pointer:
      "A call has an invocationId, and ctx.invocation(id) can cancel it. Cancelling what has ended does nothing.",
    nearlyTheCode: `try {
  return await answer;
} finally {
  for (const specialist of specialists) {
    ctx.invocation(await specialist.…).…();
  }
}`,
  },
];

export const why =
  "The journal says which answer was first, so a replay takes the same one, even if both exist by then. The other specialist is cancelled and makes no more model calls.";
