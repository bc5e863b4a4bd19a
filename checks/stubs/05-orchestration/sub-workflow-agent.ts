import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { type InsuranceClaim, InsuranceClaimSchema } from "#world/claims.ts";
import { requestHumanReview } from "#world/reviews.ts";

async function requestApproval(ctx: restate.Context, claim: InsuranceClaim): Promise<boolean> {
  const approval = ctx.awakeable<boolean>();
  await ctx.run("request-review", () =>
    requestHumanReview(`Please review: ${JSON.stringify(claim)}`, approval.id),
  );
  return approval.promise;
}

export const humanApprovalWorkflow = restate.service({
  name: "HumanApprovalWorkflow",
  handlers: { requestApproval },
});

export default restate.service({
  name: "SubWorkflowClaimApprovalAgent",
  handlers: {
    run: async (ctx: restate.Context, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      const { text } = await generateText({
        model,
        instructions:
          "You are an insurance claim evaluation agent. Use these rules: " +
          "* if the amount is more than 1000, ask for human approval, " +
          "* if the amount is less than 1000, decide by yourself",
        prompt,
        tools: {
          humanApproval: tool({
            description: "Ask for human approval for high-value claims.",
            inputSchema: InsuranceClaimSchema,
            // TODO: run the approval as an invocation of its own, and wait for its answer. A crash of this
            // agent must not restart the approval, and a crash of the approval must not restart the agent.
            execute: async (claim: InsuranceClaim) => requestApproval(ctx, claim),
          }),
        },
        stopWhen: [
          isStepCount(5),
          // If somebody cancels the invocation while it waits, it ends, and the model is not told.
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
