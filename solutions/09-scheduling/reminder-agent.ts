import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { notify } from "#world/notifications.ts";

// TODO: keep a user's reminders in a place that every process can reach.
type Reminder = { at: string; text: string; id: restate.InvocationId };
const remindersOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<Reminder[]>("reminders")) ?? [];

const reminderAgent = restate.object({
  name: "ReminderAgent",
  handlers: {
    ask: async (ctx: restate.ObjectContext, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      // TODO: tell the model the time. It must be the same time whenever this code runs again.
      const now = await ctx.date.now();

      const { text } = await generateText({
        model,
        instructions: `You remind people of what they must not forget. It is ${new Date(now).toISOString()}.`,
        prompt,
        tools: {
          remindMe: tool({
            description: "Remind the user at a later time.",
            inputSchema: z.object({
              at: z.string().describe("ISO 8601, in UTC"),
              text: z.string(),
            }),
            execute: async ({ at, text }) => {
              const time = Date.parse(at);
              // TODO: notify the user at that time, no matter what is restarted until then. If it is
              // not a time in the future, tell the model.
              if (!(time > now)) return `There is no reminder: ${at} is not in the future.`;
              const reminder = ctx
                .objectSendClient<typeof reminderAgent>({ name: "ReminderAgent" }, ctx.key)
                .remind({ text }, restate.rpc.sendOpts({ delay: time - Date.now() }));
              const reminders = await remindersOf(ctx);
              ctx.set("reminders", [...reminders, { at, text, id: await reminder.invocationId }]);
              return `There is a reminder for ${at}.`;
            },
          }),
        },
        stopWhen: [isStepCount(5)],
        providerOptions: { openai: { parallelToolCalls: false } },
      });
      return text;
    },

    remind: async (ctx: restate.ObjectContext, { text }: { text: string }) => {
      // TODO: notify the user once, no matter when this crashes. Then take the reminder off the list.
      const { id } = ctx.request();
      await ctx.run("notify the user", () => notify(ctx.key, text, id));
      const reminders = await remindersOf(ctx);
      const left = reminders.filter((reminder) => reminder.id !== id);
      ctx.set("reminders", left);
    },

    forget: async (ctx: restate.ObjectContext, { text }: { text: string }) => {
      // TODO: take reminders with this text off the list. The user must not get them any more.
      const reminders = await remindersOf(ctx);
      for (const each of reminders) if (each.text === text) ctx.invocation(each.id).cancel();
      const left = reminders.filter((reminder) => reminder.text !== text);
      ctx.set("reminders", left);
    },

    list: restate.handlers.object.shared(async (ctx: restate.ObjectSharedContext) =>
      (await remindersOf(ctx)).map(({ at, text }) => ({ at, text })),
    ),
  },
});

export default reminderAgent;
