import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["started-again"],
    question: "Somebody subscribes twice. Which runs are planned then?",
    pointer:
      "Store the id of the run that you plan. start cancels that run before it plans its own.",
    nearlyTheCode: `const planned = await ctx.get<restate.InvocationId>("planned");
if (planned !== null) ctx.invocation(…).…();`,
  },
  {
    checks: ["outage", "refused", "cancelled"],
    question: "A run fails permanently, or somebody cancels it. Which lines does it never reach?",
    pointer: "Plan the next run before anything that can fail.",
    nearlyTheCode: `await planNext(…);
await sendDigest(ctx, subscription, due);`,
  },
  {
    checks: ["stopped", "stopped-and-started"],
    question: "After stop, a run is still planned. What does it find if the user starts again?",
    pointer: "stop cancels what is planned, as start does.",
    nearlyTheCode: `const planned = await ctx.get<restate.InvocationId>("planned");
if (planned !== null) …;
ctx.clearAll();`,
  },
  {
    checks: ["clocks-differ", "missed", "clocks-change"],
    question:
      "A run for 9:00 begins when this clock shows 8:59:58. What is the next 9:00 after now?",
    pointer:
      "Compute the next time from the time for which this run was planned, or from now if that is later.",
    nearlyTheCode: `async function planNext(
  ctx: restate.ObjectContext,
  subscription: Subscription,
  after: number,
) {
  const due = nextTime(after, subscription);
  …

// in run:
await planNext(ctx, subscription, Math.max(due, await …));`,
  },
];

export const prediction =
  "In the original code, no digest comes on Thursday or on any later day: the run of Wednesday has failed before it planned the next one. next still shows Wednesday. With your fix, only Wednesday is missing.";

export const why =
  "The next run is planned before anything can fail, from the time of this run or from now, whichever is later. Its id is in the state, so that start and stop can cancel it. There is always one planned run.";
