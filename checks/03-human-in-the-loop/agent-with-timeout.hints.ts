import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: [
      "denied-in-time",
      "from-the-request",
      "answer-in-time",
      "expires",
      "three-hours",
      "first-deadline",
      "late-answer",
      "cancelled",
    ],
    question:
      "If the process crashes after two hours, how does the next one know that one hour is left?",
    pointer:
      "The awakeable's promise can have a timeout, which is in the journal. Which error says that the time is up?",
    nearlyTheCode: `try {
  const approved = await approval.promise.orTimeout({ … });
  return { approved };
} catch (error) {
  if (error instanceof restate.…) return timedOut;
  throw …;
}`,
  },
];

export const why =
  "The timer is in the journal with the time at which it expires. A crash does not restart it, because the replay finds it there. A timeout and a cancellation are different errors, and only the timeout is an answer for the model.";
