import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls, rethrowTerminalToolError } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, type ModelMessage, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { closeBranch, openBranch, writeFile } from "#world/repository.ts";

const Message = z.object({ message: z.string().max(10_000) });

const conversationOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<ModelMessage[]>("messages")) ?? [];

export const codingAgent = restate.object({
  name: "CodingAgent",
  handlers: {
    message: restate.handlers.object.exclusive(
      { input: restate.serde.schema(Message) },
      async (ctx: restate.ObjectContext, { message }) => {
        const tasks = ctx.serviceSendClient<typeof codingTask>({ name: "CodingTask" });
        const earlier = await conversationOf(ctx);
        const messages: ModelMessage[] = [...earlier, { role: "user", content: message }];
        // TODO: keep what the user says, even if nobody finishes the work on it.

        // TODO: end the work that is still under way. Only then may new work begin.
        tasks.run({ session: ctx.key, messages });
      },
    ),

    taskEnded: async (ctx: restate.ObjectContext, ended: Ended) => {
      // TODO: only the latest work may change the conversation. News of older work can come late.
      ctx.set("messages", ended.messages);
    },

    getHistory: restate.handlers.object.shared(async (ctx: restate.ObjectSharedContext) =>
      conversationOf(ctx),
    ),
  },
});

export const codingTask = restate.service({
  name: "CodingTask",
  handlers: {
    run: async (ctx: restate.Context, { session, messages }: Work) => {
      const branch = ctx.rand.uuidv4();
      // TODO: close the branch, no matter how the work ends, even if somebody interrupts you while you
      // close it.
      await ctx.run("open the branch", () => openBranch(branch));
      const answer = await writeCode(ctx, branch, messages);
      await ctx.run("close the branch", () => closeBranch(branch));

      ctx
        .objectSendClient<typeof codingAgent>({ name: "CodingAgent" }, session)
        .taskEnded({ task: ctx.request().id, messages: [...messages, ...answer] });
    },
  },
});

interface Work {
  session: string;
  messages: ModelMessage[];
}

interface Ended {
  /** The id of the invocation that did the work. */
  task: string;
  /** The conversation, with the answer. */
  messages: ModelMessage[];
}

async function writeCode(
  ctx: restate.Context,
  branch: string,
  messages: ModelMessage[],
): Promise<ModelMessage[]> {
  const model = wrapLanguageModel({
    model: openai("gpt-4o"),
    middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
  });
  const { responseMessages } = await generateText({
    model,
    instructions: "You are a coding agent. Write the files that the user needs.",
    messages,
    tools: {
      writeFile: tool({
        description: "Write a file.",
        inputSchema: z.object({ path: z.string(), content: z.string() }),
        execute: async ({ path, content }) => {
          await ctx.run(`write ${path}`, () => writeFile(branch, path, content));
          return `Wrote ${path}.`;
        },
      }),
    },
    stopWhen: [
      isStepCount(10),
      // If somebody interrupts the work in a tool, it ends, and the model is not told.
      ({ steps }) => {
        steps.forEach(rethrowTerminalToolError);
        return false;
      },
    ],
    providerOptions: { openai: { parallelToolCalls: false } },
  });
  return responseMessages;
}
