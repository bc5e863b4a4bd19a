import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "Whose journal holds the request to the reviewer now, and whose should?",
    "A context has a client for a service of Restate's. To await what it returns is to wait durably.",
    `execute: async (claim: InsuranceClaim) =>
  ctx.serviceClient(…).requestApproval(claim),`,
  ],
];

export const why =
  "The call is an entry in the agent's journal with an invocation of its own behind it. Either may die: what dies is tried again by itself, and the other one waits, suspended. Who cancels the agent cancels what it waits for.";
