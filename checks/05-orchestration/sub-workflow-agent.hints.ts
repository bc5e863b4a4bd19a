import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: [
      "denied",
      "waits-a-day",
      "own-invocation",
      "cancelled",
      "agent-dies-alone",
      "child-dies-alone",
    ],
    question: "Whose journal has the request to the reviewer now, and whose should have it?",
    pointer:
      "A context has clients for Restate's services. Awaiting what a client returns is a durable wait.",
    nearlyTheCode: `execute: async (claim: InsuranceClaim) =>
  ctx.serviceClient(…).requestApproval(claim),`,
  },
];

export const prediction =
  "In the original code, the agent itself is retried and replays its whole journal. With your fix only the approval is retried, and the agent waits. With ten specialists, one crash costs one of them and not all ten.";

export const why =
  "The call is an entry in the agent's journal, and it starts an invocation of its own. If one of the two crashes, only that one is retried, and the other one waits, suspended. If you cancel the agent, Restate cancels what it waits for.";
