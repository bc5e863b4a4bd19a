import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { type InsuranceClaim, InsuranceClaimSchema } from "#world/claims.ts";
import { assessEligibility, assessFraud } from "#world/specialists.ts";

export default restate.service({
  name: "MultiAgentClaimApproval",
  handlers: {
    run: async (ctx: restate.Context, claim: InsuranceClaim) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      const { text } = await generateText({
        model,
        instructions:
          "You are a claim approval engine. Analyze the claim and use your tools to decide whether to approve.",
        prompt: `Claim: ${JSON.stringify(claim)}`,
        tools: {
          analyzeEligibility: tool({
            description: "Analyze eligibility result.",
            inputSchema: InsuranceClaimSchema,
            // TODO: call the eligibility specialist as a separate invocation, and return its answer.
            execute: async (claim: InsuranceClaim) => assessEligibility(ctx, claim),
          }),
          analyzeFraud: tool({
            description: "Analyze probability of fraud.",
            inputSchema: InsuranceClaimSchema,
            // TODO: call the fraud specialist as a separate invocation, and return its answer.
            execute: async (claim: InsuranceClaim) => assessFraud(ctx, claim),
          }),
        },
        stopWhen: [
          isStepCount(10),
          // If somebody cancels the invocation, or a specialist refuses the claim, the agent ends.
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
