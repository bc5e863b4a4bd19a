import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { type InsuranceClaim, InsuranceClaimSchema } from "#world/claims.ts";
import { requestHumanReview, reviewAnswer } from "#world/reviews.ts";

export default restate.service({
  name: "HumanClaimApprovalAgent",
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
            execute: async (claim: InsuranceClaim): Promise<boolean> => {
              const message = `Please review: ${JSON.stringify(claim)}`;
              // TODO: ask the reviewer once, and get the answer even if this process crashes. While the
              // reviewer thinks, no process of this agent needs to run.
              const id = randomUUID();
              await ctx.run("request review", () => requestHumanReview(message, id));
              for (;;) {
                const approved = await reviewAnswer(id);
                if (approved !== undefined) return approved;
                await pause(200);
              }
            },
          }),
        },
        stopWhen: [isStepCount(5)],
        providerOptions: { openai: { parallelToolCalls: false } },
      });

      return text;
    },
  },
});
