import { randomUUID } from "node:crypto";
import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, isStepCount, tool, wrapLanguageModel } from "ai";
import { z } from "zod";
import { notify } from "#world/notifications.ts";

// TODO: keep a user's reminders in a place that every process can reach.
type Reminder = { at: string; text: string; timer: NodeJS.Timeout };
const reminders = new Map<string, Reminder[]>();
const remindersOf = async (ctx: restate.ObjectSharedContext) => reminders.get(ctx.key) ?? [];

const reminderAgent = restate.object({
  name: "ReminderAgent",
  handlers: {
    ask: async (ctx: restate.ObjectContext, { prompt }: { prompt: string }) => {
      const model = wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });

      // TODO: tell the model the time. It must be the same time whenever this code runs again.
      const now = Date.now();

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
              const tell = () => notify(ctx.key, text, randomUUID());
              const timer = setTimeout(tell, time - Date.now());
              reminders.set(ctx.key, [...(await remindersOf(ctx)), { at, text, timer }]);
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
      await notify(ctx.key, text, randomUUID());
    },

    forget: async (ctx: restate.ObjectContext, { text }: { text: string }) => {
      // TODO: take reminders with this text off the list. The user must not get them any more.
      const all = await remindersOf(ctx);
      for (const each of all) if (each.text === text) clearTimeout(each.timer);
      const left = all.filter((reminder) => reminder.text !== text);
      reminders.set(ctx.key, left);
    },

    list: restate.handlers.object.shared(async (ctx: restate.ObjectSharedContext) =>
      (await remindersOf(ctx)).map(({ at, text }) => ({ at, text })),
    ),
  },
});

export default reminderAgent;
