import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "When the process dies after two hours, how does the next one know that one hour is left?",
    "The awakeable's promise can have a timeout that lies in the journal. Which error tells that it is over?",
    `try {
  const approved = await approval.promise.orTimeout({ … });
  return { approved };
} catch (error) {
  if (error instanceof restate.…) return timedOut;
  throw …;
}`,
  ],
];

export const why =
  "The timer lies in the journal with the time at which it is over. A crash does not set it anew, since the replay finds it there. An expiry and a cancellation are different errors, and only the first one is an answer for the model.";
