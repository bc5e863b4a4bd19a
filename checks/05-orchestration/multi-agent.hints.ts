import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "When the specialist's process dies, which invocation is tried again, and what does it repeat?",
    "EligibilityAgent is a service as any other: the context's client calls it, and waits.",
    `execute: async (claim: InsuranceClaim) =>
  ctx.serviceClient(eligibilityAgent).…(claim),`,
  ],
  [
    "What is different about fraud?",
    "Nothing but the service: the specialist in fraud has a handler of the same name.",
    "execute: async (claim: InsuranceClaim) => ctx.serviceClient(fraudCheckAgent).…(claim),",
  ],
];

export const why =
  "Each specialist is an invocation with a journal of its own, so its model is not asked again because the agent was killed, and the agent is not tried again because a specialist fails. What a specialist has answered is kept in the agent's journal.";
