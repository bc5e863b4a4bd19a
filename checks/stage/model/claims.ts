import type { Conversation, Reply } from "./conversation.ts";

interface Claim {
  date: string;
  category: string;
  reason: string;
  amount: number;
  placeOfService: string;
}

const approvalTools = /approval/i;
const analysisTools = /^(analyze|calculate)/i;
const against =
  /not eligible|high fraud risk|\bfalse\b|den(ied|ies)|declin|reject|refus|not approv|disapprov|\bno\b|timed out|cancell?ed/i;

/** Whether a request to the model, as it was sent, is one of the specialists' in claims. */
export function isOfASpecialist(request: string): boolean {
  return request.includes("You are a specialist in ");
}

/** Answers with the finding that a specialist's prompt contains. */
export function reportFinding({ prompt }: Conversation): Reply | undefined {
  const finding = prompt.match(/^Finding: (.+)$/m)?.[1];
  return finding === undefined ? undefined : { text: finding };
}

/**
 * Asks for approval if the amount is over the instructions' threshold, and calls each analysis on offer
 * once. Then it decides and gives the reason in the tools' own words.
 */
export function decideClaim(conversation: Conversation): Reply | undefined {
  const { instructions, prompt, tools, several, results } = conversation;
  if (!/claim/i.test(`${instructions} ${prompt}`)) return undefined;

  const claim = readClaim(prompt);
  if (claim === undefined) {
    return { text: "I need a claim with an amount, as in: my hospital bill of 3000USD." };
  }
  const overThreshold = claim.amount > thresholdIn(instructions);
  const needed = tools.filter(
    (tool) => analysisTools.test(tool) || (approvalTools.test(tool) && overThreshold),
  );
  const calls = needed
    .filter((tool) => !results.some((result) => result.tool === tool))
    .map((tool) => ({ tool, input: { ...claim } }));
  if (calls[0]) return several && calls.length > 1 ? { calls } : { call: calls[0] };

  const findings = results.length > 0 ? results.map(({ output }) => output).join("\n") : prompt;
  const verdict = against.test(findings) ? "denied" : "approved";
  return { text: `The claim of ${claim.amount} is ${verdict}. The reasons: ${findings}` };
}

function thresholdIn(instructions: string): number {
  return Number(instructions.match(/more than \$?(\d+)/i)?.[1] ?? 1000);
}

function readClaim(prompt: string): Claim | undefined {
  const written = prompt.match(/\{[^{}]*\}/)?.[0];
  if (written) {
    try {
      return JSON.parse(written) as Claim;
    } catch {
      // The braces are not JSON: read the prompt as prose.
    }
  }
  const amount = amountIn(prompt);
  if (amount === undefined) return undefined;
  return {
    date: prompt.match(/\d{4}-\d{2}-\d{2}/)?.[0] ?? "2024-10-01",
    category: /leg|arm|bone|knee|hip/i.test(prompt) ? "orthopedic" : "general",
    reason: prompt.match(/\bfor (?:a |an |my )?(.+?)[.?!]*$/i)?.[1] ?? "a hospital bill",
    amount,
    placeOfService: "General Hospital",
  };
}

/** The first amount of money in a text: 3000USD, $1,250.50, 900 euros. */
function amountIn(text: string): number | undefined {
  const withoutDates = text.replace(/\d{4}-\d{2}-\d{2}/g, "");
  const digits = withoutDates.match(/\d[\d,]*(?:\.\d+)?/)?.[0];
  return digits === undefined ? undefined : Number(digits.replaceAll(",", ""));
}
