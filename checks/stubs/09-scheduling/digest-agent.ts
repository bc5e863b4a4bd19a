import { openai } from "@ai-sdk/openai";
import * as restate from "@restatedev/restate-sdk";
import { durableCalls } from "@restatedev/vercel-ai-middleware";
import { generateText, wrapLanguageModel } from "ai";
import { notify } from "#world/notifications.ts";
import { nextTime, Subscription } from "#world/subscriptions.ts";

const digestAgent = restate.object({
  name: "DigestAgent",
  handlers: {
    start: restate.handlers.object.exclusive(
      { input: restate.serde.schema(Subscription) },
      async (ctx: restate.ObjectContext, subscription) => {
        ctx.set("subscription", subscription);
        // TODO: this subscription replaces the one before, if there is one. The user gets one digest a day.
        return planNext(ctx, subscription);
      },
    ),

    run: async (ctx: restate.ObjectContext, { due }: { due: number }) => {
      const subscription = await ctx.get<Subscription>("subscription");
      if (subscription === null) return;
      // TODO: there is a next run, even if this one fails or is cancelled.
      await sendDigest(ctx, subscription, due);
      await planNext(ctx, subscription);
    },

    stop: async (ctx: restate.ObjectContext) => {
      // TODO: no digest comes any more. If the user starts again, one comes a day.
      ctx.clearAll();
    },

    next: restate.handlers.object.shared((ctx: restate.ObjectSharedContext) =>
      ctx.get<string>("next"),
    ),
  },
});

// TODO: there is one run for each day, even if this clock is a second behind the server's. After days that
// were missed, the next run is in the future.
async function planNext(ctx: restate.ObjectContext, subscription: Subscription): Promise<string> {
  const due = nextTime(await ctx.date.now(), subscription);
  const run = ctx
    .objectSendClient<typeof digestAgent>({ name: "DigestAgent" }, ctx.key)
    .run({ due }, restate.rpc.sendOpts({ delay: due - Date.now() }));
  ctx.set("planned", await run.invocationId);
  const next = new Date(due).toISOString();
  ctx.set("next", next);
  return next;
}

async function sendDigest(
  ctx: restate.ObjectContext,
  { about, timeZone }: Subscription,
  due: number,
): Promise<void> {
  const model = wrapLanguageModel({
    model: openai("gpt-4o"),
    middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
  });
  const day = new Date(due).toLocaleDateString("en-GB", { timeZone, dateStyle: "full" });
  const { text } = await generateText({
    model,
    instructions: "You write a short digest for people who have just got up.",
    prompt: `Write the digest about ${about} for ${day}.`,
  });
  await ctx.run("notify the user", () => notify(ctx.key, text, ctx.request().id));
}

export default digestAgent;
