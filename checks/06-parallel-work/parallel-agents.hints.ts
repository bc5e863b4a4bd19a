import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["overlap", "own-invocations", "one-fails", "crash-among-them", "any-order"],
    question:
      "When is a specialist called: where you use its client, or where you await its answer?",
    pointer:
      "A client's call is one of Restate's promises. restate.RestatePromise waits for several of them.",
    nearlyTheCode: `const [eligibility, rateComparison, fraudCheck] = await restate.RestatePromise.…([
  ctx.serviceClient(eligibilityAgent).run(claim),
  …
]);`,
  },
];

export const why =
  "Three calls run at the same time, and each is an invocation that is retried separately. The combinator is Restate's, so the agent can be suspended while it waits, and a replay gets the same answers in the same order.";
