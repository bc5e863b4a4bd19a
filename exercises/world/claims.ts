import { z } from "zod";
import { askWorld } from "./http.ts";

export const InsuranceClaimSchema = z.object({
  date: z.string(),
  category: z.string(),
  reason: z.string(),
  amount: z.number(),
  placeOfService: z.string(),
});

export type InsuranceClaim = z.infer<typeof InsuranceClaimSchema>;

/** Says in a sentence whether the policy covers the claim. */
export async function checkEligibility(claim: InsuranceClaim): Promise<string> {
  return analyse("eligibility", claim);
}

/** Says in a sentence how the amount compares with what such a treatment usually costs. */
export async function compareToStandardRates(claim: InsuranceClaim): Promise<string> {
  return analyse("cost", claim);
}

/** Says in a sentence how likely fraud is. */
export async function checkFraud(claim: InsuranceClaim): Promise<string> {
  return analyse("fraud", claim);
}

async function analyse(kind: "eligibility" | "cost" | "fraud", claim: InsuranceClaim) {
  const { finding } = await askWorld<{ finding: string }>("POST", `/analyses/${kind}`, claim);
  return finding;
}
