/** The analyses that can be made of an insurance claim. */
export type Analysis = "eligibility" | "cost" | "fraud";

/**
 * The finding of an analysis: one sentence that depends only on the claim's amount and reason. Undefined
 * if there is no such analysis.
 */
export function analyse(kind: Analysis, claim: unknown): string | undefined {
  const { amount = 0, reason = "" } = (claim ?? {}) as { amount?: number; reason?: string };
  switch (kind) {
    case "eligibility":
      return /cosmetic/i.test(reason)
        ? `Not eligible: the policy does not cover ${reason}.`
        : `Eligible: the policy covers ${reason}.`;
    case "cost":
      return amount > 5000
        ? `Above standard rates: ${amount} is more than such a treatment costs.`
        : `Within standard rates: ${amount} is usual for such a treatment.`;
    case "fraud":
      return amount > 10_000
        ? `High fraud risk for a claim of ${amount}.`
        : `Low fraud risk for a claim of ${amount}.`;
    default:
      return undefined;
  }
}
