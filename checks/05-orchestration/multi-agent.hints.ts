import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: [
      "own-invocations",
      "agent-dies-alone",
      "specialist-dies-alone",
      "specialist-down",
      "specialist-refuses",
      "cancelled",
    ],
    question:
      "If the specialist's process crashes, which invocation is retried, and what does it repeat?",
    pointer:
      "EligibilityAgent is a service like any other: a client of the context calls it and waits.",
    nearlyTheCode: `execute: async (claim: InsuranceClaim) =>
  ctx.serviceClient(eligibilityAgent).…(claim),`,
  },
  {
    checks: [
      "own-invocations",
      "agent-dies-alone",
      "specialist-dies-alone",
      "specialist-down",
      "specialist-refuses",
      "cancelled",
    ],
    question: "What is different for fraud?",
    pointer: "Only the service: the fraud specialist has a handler with the same name.",
    nearlyTheCode:
      "execute: async (claim: InsuranceClaim) => ctx.serviceClient(fraudCheckAgent).…(claim),",
  },
];

export const why =
  "Each specialist is an invocation with its own journal. If the agent is killed, a specialist's model is not asked again. If a specialist fails, the agent is not retried. The agent's journal keeps what a specialist has answered.";
