import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import {
  checkEligibility,
  checkFraud,
  compareToStandardRates,
  type InsuranceClaim,
  InsuranceClaimSchema,
} from "#world/claims.ts";

export default restate.service({
  name: "ParallelToolClaimAgent",
  handlers: {
    run: async (ctx: restate.Context, claim: InsuranceClaim) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      const { text } = await generateText({
        model,
        prompt: `Analyze the claim ${JSON.stringify(claim)}.
        Use your tools to calculate key metrics and decide whether to approve.`,
        tools: {
          calculateMetrics: tool({
            description: "Calculate claim metrics.",
            inputSchema: InsuranceClaimSchema,
            // TODO: run the three analyses at the same time. A crash must not lose a result that has
            // arrived.
            execute: async (claim: InsuranceClaim) =>
              restate.RestatePromise.all([
                ctx.run("eligibility", () => checkEligibility(claim)),
                ctx.run("cost", () => compareToStandardRates(claim)),
                ctx.run("fraud", () => checkFraud(claim)),
              ]),
          }),
        },
        stopWhen: [
          isStepCount(10),
          // If somebody cancels the invocation, it ends, and the model is not told.
          ({ steps }) => {
            steps.forEach(rethrowTerminalToolError);
            return false;
          },
        ],
        providerOptions: { openai: { parallelToolCalls: false } },
      });

      return text;
    },
  },
});
