import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "When this code is replayed, both answers may be there. Who says which one was first?",
    "restate.RestatePromise has a race too: the journal decides it, and so it comes out the same again.",
    "const answer = restate.RestatePromise.…(specialists);",
  ],
  [
    "The loser does not know that it has lost. By what could you reach it?",
    "A call has an invocationId, and ctx.invocation(id) can cancel it. To cancel who has ended is harmless.",
    `try {
  return await answer;
} finally {
  for (const specialist of specialists) {
    ctx.invocation(await specialist.…).…();
  }
}`,
  ],
];

export const why =
  "Which answer was first is in the journal, so a replay takes the same one, even where both have come by then. The other specialist is cancelled, and asks its model no more.";
