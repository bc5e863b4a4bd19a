import type { Hints } from "../shared/hints.ts";

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

export const why =
  "The three steps begin together, and each is an entry of its own. RestatePromise.all waits for them in a way that the journal can replay, so a crash costs only the steps that were not done.";
