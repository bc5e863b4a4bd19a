import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, wrapLanguageModel } from "ai";
import {
  checkEligibility,
  checkFraud,
  compareToStandardRates,
  type InsuranceClaim,
} from "./claims.ts";

/** Says in a sentence whether the policy covers the claim. */
export function assessEligibility(ctx: restate.Context, claim: InsuranceClaim): Promise<string> {
  return assess(ctx, claim, "eligibility", checkEligibility);
}

/** Says in a sentence how the amount compares with what such a treatment usually costs. */
export function assessRates(ctx: restate.Context, claim: InsuranceClaim): Promise<string> {
  return assess(ctx, claim, "costs", compareToStandardRates);
}

/** Says in a sentence how likely fraud is. */
export function assessFraud(ctx: restate.Context, claim: InsuranceClaim): Promise<string> {
  return assess(ctx, claim, "fraud", checkFraud);
}

export const eligibilityAgent = restate.service({
  name: "EligibilityAgent",
  handlers: { run: assessEligibility },
});

export const rateComparisonAgent = restate.service({
  name: "RateComparisonAgent",
  handlers: { run: assessRates },
});

export const fraudCheckAgent = restate.service({
  name: "FraudCheckAgent",
  handlers: { run: assessFraud },
});

async function assess(
  ctx: restate.Context,
  claim: InsuranceClaim,
  field: string,
  check: (claim: InsuranceClaim) => Promise<string>,
): Promise<string> {
  const finding = await ctx.run(`check ${field}`, () => check(claim));
  const { text } = await generateText({
    model: wrapLanguageModel({
      model: openai("gpt-4o"),
      middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
    }),
    instructions: `You are a specialist in ${field}. Say in one sentence what was found.`,
    prompt: `Claim: ${JSON.stringify(claim)}\nFinding: ${finding}`,
  });
  return text;
}
