import { setTimeout as pause } from "node:timers/promises";
import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { type InsuranceClaim, InsuranceClaimSchema } from "#world/claims.ts";
import { requestHumanReview } from "#world/reviews.ts";

const timedOut = { approved: false, reason: "Approval timed out - Evaluate with AI" };

export default restate.service({
  name: "HumanClaimApprovalWithTimeoutsAgent",
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
            execute: async (claim: InsuranceClaim) => {
              const approval = ctx.awakeable<boolean>();
              await ctx.run("request review", () =>
                requestHumanReview(`Please review: ${JSON.stringify(claim)}`, approval.id),
              );
              // TODO: wait at most three hours for the answer. The three hours begin when the request is
              // sent, and a crash does not restart them. If no answer has come by then, tell the model
              // that the time is up. A cancelled wait is not a timeout.
              const deadline = pause(3 * 60 * 60 * 1000, timedOut, { ref: false });
              const answer = approval.promise.then((approved) => ({ approved }));
              return Promise.race([answer, deadline]);
            },
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
