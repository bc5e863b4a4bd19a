import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["overlap", "one-fails", "crash-among-them", "any-order"],
    question: "Which of the three analyses needs another one's finding before it can start?",
    pointer:
      "Each analysis stays a step. restate.RestatePromise has a combinator that waits for all of them.",
    nearlyTheCode: `execute: async (claim: InsuranceClaim) =>
  restate.RestatePromise.…([
    ctx.run("eligibility", () => checkEligibility(claim)),
    …
  ]),`,
  },
];

export const prediction =
  "As three steps, only the third analysis runs a second time. In one step, all three would run again.";

export const why =
  "The three steps start together, and each is an entry of its own in the journal. RestatePromise.all waits for them in a way that a replay repeats, so a crash costs only the steps that had not ended.";
