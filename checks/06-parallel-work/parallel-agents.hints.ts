import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "When is a specialist called: where its client is used, or where its answer is awaited?",
    "A client's call is a promise of Restate's; restate.RestatePromise waits for several of them.",
    `const [eligibility, rateComparison, fraudCheck] = await restate.RestatePromise.…([
  ctx.serviceClient(eligibilityAgent).run(claim),
  …
]);`,
  ],
];

export const why =
  "Three calls are under way at once, each an invocation that is tried again by itself. The combinator is Restate's, so the agent can be suspended while it waits, and a replay puts the same answers in the same places.";
