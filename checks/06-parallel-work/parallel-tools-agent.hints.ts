import type { Hints } from "../hints.ts";

export const hints: Hints = [
  [
    "Which of the three analyses needs another one's finding before it can begin?",
    "Each stays a step of its own. restate.RestatePromise has a combinator that waits for all of them.",
    `execute: async (claim: InsuranceClaim) =>
  restate.RestatePromise.…([
    ctx.run("eligibility", () => checkEligibility(claim)),
    …
  ]),`,
  ],
];
