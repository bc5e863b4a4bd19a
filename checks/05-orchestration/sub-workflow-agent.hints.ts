import type { Hints } from "../hints.ts";

export const hints: Hints = [
  [
    "Whose journal holds the request to the reviewer now, and whose should?",
    "A context has a client for a service of Restate's. To await what it returns is to wait durably.",
    `execute: async (claim: InsuranceClaim) =>
  ctx.serviceClient(…).requestApproval(claim),`,
  ],
];
