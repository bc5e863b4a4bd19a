import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, causeOfNoWords, tellOutcome } from "../report/outcome.ts";
import { outageOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import type { Check } from "./check.ts";
import { outlastAnyLimit } from "./outages.ts";
import { expectOneRequest, firstRequest, pollsOf, untilQuiet } from "./reviews.ts";
import { letADayPass, limitInTime, shortenDays } from "./short-days.ts";

// An agent that asks this often after the answer was given must be asking about another request.
const pollsInVain = 5;

/** A claim in the form that the agents take. */
export interface Claim {
  date: string;
  category: string;
  reason: string;
  amount: number;
  placeOfService: string;
}

/** A claim that is different in each run. */
export function chooseClaim(choices: Chooser): Claim {
  return {
    date: `2024-10-${choices.integer(10, 28)}`,
    category: "orthopedic",
    reason: `hospital bill for a broken ${choices.one(["leg", "arm", "hip", "knee", "hand"])}`,
    amount: choices.integer(100, 9000),
    placeOfService: "General Hospital",
  };
}

/** What an analysis of a claim is about. */
export type Analysis = "eligibility" | "cost" | "fraud";

const findings: Record<Analysis, (claim: Claim) => string> = {
  eligibility: ({ reason }) => `the policy covers ${reason}`,
  cost: ({ amount }) => `standard rates: ${amount} is`,
  fraud: ({ amount }) => `fraud risk for a claim of ${amount}`,
};

/** Words that occur in the finding of this analysis, and in no other. */
export function findingOf(analysis: Analysis, claim: Claim): string {
  return findings[analysis](claim);
}

/** @throws {CheckFailed} unless the answer contains the finding of each analysis */
export function expectFindings(
  outcome: Outcome,
  expected: { claim: Claim; analyses: readonly Analysis[]; when: string; next: string },
): void {
  const { claim, analyses, when, next } = expected;
  const text = outcome.kind === "answered" ? String(outcome.answer) : "";
  const missing = analyses.find((analysis) => !text.includes(findingOf(analysis, claim)));
  if (missing === undefined) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: `The answer depends on the findings on ${analyses.join(", ")}. Here, ${missing} is missing.`,
    cause:
      causeOf(outcome) ??
      causeOfNoWords(outcome) ??
      "That finding was not asked for, something else is used instead, or the agent did not wait for it.",
    next,
  });
}

/** The amount of a claim that needs a human's approval. */
export function amountOverThreshold(choices: Chooser): number {
  return choices.integer(1001, 9999);
}

/** Asks the agent to process a claim, in the tour's words. */
export function processClaim(stage: Stage, amount: number): Promise<Invocation> {
  const prompt = `Process my hospital bill of ${amount}USD for a broken leg.`;
  return stage.invoke("run", { prompt });
}

/** One claim that a human approves, from the request to the outcome. */
export const approvedClaim: Scenario = async (stage, choices) => {
  const invocation = await processClaim(stage, amountOverThreshold(choices));
  const seen = await invocation.untilSeen(() => firstRequest(stage, invocation));
  return "id" in seen ? answer(stage, invocation, seen.id, true) : seen;
};

/** One claim that the findings of the analyses decide. */
export const analysedClaim: Scenario = async (stage, choices) => {
  const invocation = await stage.invoke("run", chooseClaim(choices));
  return invocation.outcome();
};

/**
 * Waits until the reviewer has a request; returns its id.
 *
 * @throws {CheckFailed} if the agent continues without one
 */
export async function untilRequested(stage: Stage, invocation: Invocation, next: string) {
  const seen = await invocation.untilSeen(() => firstRequest(stage, invocation));
  if ("id" in seen) return seen.id;
  throw new CheckFailed({
    did: `Given a claim over the threshold, your agent asked no human, and ${tellOutcome(seen)}`,
    asks: "A claim over 1000 is not decided before a human has been asked.",
    cause:
      causeOf(seen) ??
      causeOfNoWords(seen) ??
      "The tool answers before requestHumanReview has reached the reviewer.",
    next,
  });
}

/**
 * Waits until the agent waits for the reviewer.
 *
 * @throws {CheckFailed} if the agent continues without an answer
 */
export async function untilWaiting(stage: Stage, invocation: Invocation, next: string) {
  const row = await untilQuiet(stage, invocation);
  if (!("kind" in row)) return row;
  throw new CheckFailed({
    did: `Before the reviewer had answered, your agent ${tellOutcome(row)}`,
    asks: "A claim over 1000 waits for the reviewer's answer, no matter how long that takes.",
    cause: causeOf(row) ?? "The tool does not wait for the answer to the request that it has sent.",
    next,
  });
}

/** Answers as the reviewer; returns how the agent's invocation ended. */
export async function answer(
  stage: Stage,
  invocation: Invocation,
  id: string,
  approved: boolean,
): Promise<Outcome> {
  await stage.answerReview(id, approved);
  const before = pollsOf(stage, invocation);
  const seen = await invocation.untilSeen(() =>
    pollsOf(stage, invocation) - before > pollsInVain ? { inVain: true } : undefined,
  );
  if ("kind" in seen) return seen;
  return { kind: "stuck", why: "it keeps asking for an answer to a request that nobody got" };
}

/** Words or values that a tool may use to tell the model what the reviewer has decided. */
const toldInWords = {
  approved: /\btrue\b|approv|accept|grant|\byes\b|\bok\b/i,
  denied: /\bfalse\b|den[iy]|declin|reject|refus|not approv|disapprov|\bno\b/i,
};

/**
 * @param because what the tool must have told the model, word for word; without it, any words or values
 * for the decision are right
 * @throws {CheckFailed} unless the agent's answer is the expected decision
 */
export function expectDecision(
  outcome: Outcome,
  decision: { amount: number; is: keyof typeof toldInWords; because?: string },
  when: string,
  next: string,
  cause?: string,
): void {
  const { amount, is, because } = decision;
  const text = outcome.kind === "answered" ? String(outcome.answer) : "";
  const [, told] = text.split(`claim of ${amount} is ${is}`);
  const isTold = (words: string) =>
    because === undefined ? toldInWords[is].test(words) : words.includes(because);
  if (told !== undefined && isTold(told)) return;
  const what = because ?? `it is ${is}`;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: `The tool tells the model: ${what}. So the agent answers that the claim of ${amount} is ${is}.`,
    cause: causeOf(outcome) ?? cause ?? causeOfNoWords(outcome) ?? causeOfDecision(outcome),
    next,
  });
}

function causeOfDecision(outcome: Outcome): string {
  switch (outcome.kind) {
    case "stuck":
      return "The answer went to a request that this attempt does not wait for any more.";
    case "failed":
      return "An error in the tool ended the invocation, but the model must get an answer.";
    case "answered":
      return "The tool did not give the model the reviewer's answer, or the process lost what it waited for.";
  }
}

/** The check that the agent waits for the reviewer for a day. */
export function waitsForReviewer(next: string): Check {
  return {
    id: "waits-a-day",
    title: "gets an answer that comes after a day",
    modes: ["normal"],
    run: async (stage) => {
      await shortenDays(stage);
      const amount = amountOverThreshold(stage.choices());
      const invocation = await processClaim(stage, amount);
      const when = "When the reviewer had answered after a day";
      const expectApproval = (outcome: Outcome) =>
        expectDecision(outcome, { amount, is: "approved" }, when, next, limitInTime);
      const request = await invocation.untilSeen(() => firstRequest(stage, invocation));
      if ("kind" in request) return expectApproval(request);
      const waiting = await untilQuiet(stage, invocation);
      if ("kind" in waiting) return expectApproval(waiting);
      await letADayPass(stage, invocation);
      const outcome = await answer(stage, invocation, request.id, true);
      expectOneRequest(stage, when, next);
      expectApproval(outcome);
    },
  };
}

/** The check of a review system that is down when the agent asks. */
export function outlastsReviewSystem(next: string): Check {
  return {
    id: "review-down",
    title: "asks when the review system is back",
    modes: ["normal"],
    run: async (stage) => {
      const outage = stage.inject(outageOf("review"));
      const amount = amountOverThreshold(stage.choices());
      const invocation = await processClaim(stage, amount);
      const when = "When the review system had been down for a day";
      const ended = await outlastAnyLimit(stage, invocation, "review", outage);
      const decision = { amount, is: "approved" } as const;
      if (ended) return expectDecision(ended, decision, when, next, givesUpAsking);
      const id = await untilRequested(stage, invocation, next);
      const outcome = await answer(stage, invocation, id, true);
      expectDecision(outcome, decision, when, next, givesUpAsking);
      expectModelCalls(stage, 2, when, next);
    },
  };
}

/** The likely cause if the agent does not ask a review system again that was down. */
export const givesUpAsking =
  "The request is not sent in a step, its attempts are limited, or its error was caught.";

/** @throws {CheckFailed} if the model was called more than `most` times: it was asked for an answer again */
export function expectModelCalls(stage: Stage, most: number, when: string, next: string): void {
  const asked = stage.calls("model").length;
  if (asked <= most) return;
  throw new CheckFailed({
    did: `${when}, your agent called the model ${asked} times where ${most} are enough.`,
    asks: "What the model has answered is kept, and a run that has ended does not ask it again.",
    cause:
      "The model was told about something that was not the reviewer's answer, or was asked again.",
    next,
  });
}
