import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const replace = `const planned = await ctx.get<restate.InvocationId>("planned");
        if (planned !== null) ctx.invocation(planned).cancel();
        `;
const first = "return planNext(ctx, subscription, await ctx.date.now());";
const plan = "await planNext(ctx, subscription, Math.max(due, await ctx.date.now()));";
const send = "await sendDigest(ctx, subscription, due);";
const planAndSend = `${plan}
      ${send}`;
const stop = `const planned = await ctx.get<restate.InvocationId>("planned");
      if (planned !== null) ctx.invocation(planned).cancel();
      ctx.clearAll();`;
const compute = "const due = nextTime(after, subscription);";
const later = `const run = ctx
    .objectSendClient<typeof digestAgent>({ name: "DigestAgent" }, ctx.key)
    .run({ due }, restate.rpc.sendOpts({ delay: due - Date.now() }));
  ctx.set("planned", await run.invocationId);`;
const keep = `ctx.set("planned", await run.invocationId);`;
const read = `const subscription = await ctx.get<Subscription>("subscription");
      if (subscription === null) return;`;
const tell = `await ctx.run("notify the user", () => notify(ctx.key, text, ctx.request().id));`;
const agent = (...replace: Change["replace"]): Change[] => [{ file: "digest-agent.ts", replace }];

const plansLast: Change["replace"][number] = [
  planAndSend,
  `${send}
      ${plan}`,
];
const fromNow: Change["replace"][number] = [
  plan,
  "await planNext(ctx, subscription, await ctx.date.now());",
];
const withRandomUUID = [
  `import { openai }`,
  `import { randomUUID } from "node:crypto";
import { openai }`,
] as const;

/** Computes the next due by hand. */
const byHand = (hours: "Hours" | "UTCHours"): Change["replace"][number] => [
  compute,
  `const time = new Date(after);
  time.set${hours}(subscription.hour, subscription.minute, 0, 0);
  if (time.getTime() <= after) time.setDate(time.getDate() + 1);
  const due = time.getTime();`,
];

export const proof: Proof = {
  stubFails: ["started-again", "refused", "cancelled", "stopped-and-started", "clocks-differ"],
  mistakes: [
    {
      id: "interval-of-the-process",
      belief: "setInterval runs something each day.",
      changes: agent(
        [
          later,
          `const run = () =>
    sendDigest(ctx, subscription, due).catch((error) => console.error(error));
  setTimeout(() => setInterval(run, 24 * 60 * 60 * 1000), due - Date.now());`,
        ],
        [plan, ""],
      ),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /only a process knows about it/,
    },
    {
      id: "sleeps-in-start",
      belief: "A durable loop is simple: sleep until the time, send the digest, and again.",
      changes: agent([
        first,
        `for (let due = nextTime(await ctx.date.now(), subscription); ; ) {
          await ctx.sleep(Math.max(0, due - (await ctx.date.now())));
          await sendDigest(ctx, subscription, due);
          due = nextTime(Math.max(due, await ctx.date.now()), subscription);
        }`,
      ]),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /waits until the digest is due/,
    },
    {
      id: "calls-its-own-object",
      belief: "start calls run, as one function calls another.",
      changes: agent(
        [
          first,
          `const due = nextTime(await ctx.date.now(), subscription);
        await ctx.objectClient<typeof digestAgent>({ name: "DigestAgent" }, ctx.key).run({ due });
        return new Date(due).toISOString();`,
        ],
        [
          "async (ctx: restate.ObjectContext, subscription) => {",
          "async (ctx: restate.ObjectContext, subscription): Promise<string> => {",
        ],
      ),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /or calls its own object/,
    },
    {
      id: "one-key-for-all-runs",
      belief: "An idempotency key makes sure that there is only one planned run.",
      changes: agent([
        "sendOpts({ delay: due - Date.now() })",
        "sendOpts({ delay: due - Date.now(), idempotencyKey: ctx.key })",
      ]),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /Nothing plans the next run/,
    },
    {
      id: "plans-only-in-start",
      belief: "A delayed send repeats itself, as a cron job does.",
      changes: agent([`${plan}\n      `, ""]),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /Nothing plans the next run/,
    },
    {
      id: "hours-of-utc",
      belief: "The server has UTC, so hours are hours of UTC.",
      changes: agent(byHand("UTCHours"), [
        "import { nextTime, Subscription }",
        "import { Subscription }",
      ]),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /in another time zone/,
    },
    {
      id: "hours-of-this-machine",
      belief: "setHours takes the hour that the user means.",
      changes: agent(byHand("Hours"), [
        "import { nextTime, Subscription }",
        "import { Subscription }",
      ]),
      caughtBy: { check: "digests", mode: "normal" },
      cause: /in another time zone/,
    },
    {
      id: "one-subscription-for-all",
      belief: "The subscription is small, so I keep it at hand.",
      changes: agent(
        [
          "const digestAgent = restate",
          "let kept: Subscription | null = null;\n\nconst digestAgent = restate",
        ],
        [`ctx.set("subscription", subscription);`, "kept = subscription;"],
        [`await ctx.get<Subscription>("subscription");`, "kept;"],
      ),
      caughtBy: { check: "crash-in-run", mode: "normal" },
      cause: /depends on a variable of the module/,
    },
    {
      id: "user-in-a-variable",
      belief: "The user is the same in all of the code, so one variable is enough.",
      changes: agent(
        ["const digestAgent = restate", `let user = "";\n\nconst digestAgent = restate`],
        [
          "const { text } = await generateText",
          "user = ctx.key;\n  const { text } = await generateText",
        ],
        [tell, tell.replace("notify(ctx.key", "notify(user")],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /kept in a variable of the module/,
    },
    {
      id: "start-does-not-look",
      belief: "start stores the new subscription, so the old one is over.",
      changes: agent([replace, ""]),
      caughtBy: { check: "started-again", mode: "normal" },
      cause: /old subscription is still planned/,
    },
    {
      id: "only-the-first-start-counts",
      belief: "If a run is planned, start has nothing to do.",
      changes: agent([
        `ctx.set("subscription", subscription);`,
        `if ((await ctx.get("planned")) !== null) return (await ctx.get<string>("next")) ?? "";
        ctx.set("subscription", subscription);`,
      ]),
      caughtBy: { check: "started-again", mode: "normal" },
      cause: /ignores a second subscription/,
    },
    {
      id: "keeps-the-planned-run",
      belief: "A run is planned already. It reads the new subscription when it begins.",
      changes: agent([
        replace,
        `if ((await ctx.get("planned")) !== null) return (await ctx.get<string>("next")) ?? "";
        `,
      ]),
      caughtBy: { check: "started-again", mode: "normal" },
      cause: /old subscription is still planned/,
    },
    {
      id: "sent-in-a-step",
      belief: "Planning is an effect, so it belongs into a step.",
      changes: agent([
        later,
        `await ctx.run("plan", () => {
    ctx
      .objectSendClient<typeof digestAgent>({ name: "DigestAgent" }, ctx.key)
      .run({ due }, restate.rpc.sendOpts({ delay: due - Date.now() }));
  });`,
      ]),
      caughtBy: { check: "crash-in-run", mode: "normal" },
      cause: /Inside a step/,
    },
    {
      id: "over-http",
      belief: "Restate's ingress takes a delay, so I ask it with fetch.",
      changes: agent([
        later,
        `const answer = await fetch(
    \`\${process.env.RESTATE_INGRESS_URL}/DigestAgent/\${ctx.key}/run/send?delay=\${due - Date.now()}ms\`,
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ due }),
    },
  );
  const run = (await answer.json()) as { invocationId: restate.InvocationId };
  ctx.set("planned", run.invocationId);`,
      ]),
      caughtBy: { check: "crash-in-run", mode: "normal" },
      cause: /fetch.* differs from attempt to attempt/,
    },
    {
      id: "due-read-from-the-clock",
      belief: "The run is due in so many milliseconds from now.",
      changes: agent([
        ".run({ due }, restate",
        ".run({ due: Date.now() + (due - after) }, restate",
      ]),
      caughtBy: { check: "crash-in-run", mode: "normal" },
      cause: /Date\.now\(\) differs from attempt to attempt/,
    },
    {
      id: "key-made-in-the-step",
      belief: "A new key for each digest, made where it is used.",
      changes: agent([tell, tell.replace("ctx.request().id", "randomUUID()")], withRandomUUID),
      caughtBy: { check: "crash-in-run", mode: "normal" },
      cause: /There are two runs for one day, or/,
    },
    {
      id: "one-attempt-for-a-digest",
      belief: "A late digest is worth nothing, so one attempt is enough.",
      changes: agent(
        [tell, tell.replace("request().id))", "request().id), {\n    maxRetryAttempts: 1,\n  })")],
        plansLast,
      ),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /planned at the end/,
    },
    {
      id: "clock-decides-the-due-time",
      belief: "The delay may come from Date.now(), so the time of the run may, too.",
      changes: agent([plan, "await planNext(ctx, subscription, Math.max(due, Date.now()));"]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /Date\.now\(\) differs from attempt to attempt/,
    },
    {
      id: "plans-last",
      belief: "First the work, then the plan for tomorrow.",
      changes: agent(plansLast),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /planned at the end/,
    },
    {
      id: "plans-after-what-is-refused",
      belief: "I catch what the world refuses, but a cancelled run must end.",
      changes: agent([
        planAndSend,
        `try {
        ${send}
      } catch (error) {
        if (error instanceof restate.CancelledError) throw error;
        console.error(error);
      }
      ${plan}`,
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /planned at the end/,
    },
    {
      id: "only-start-stores-the-id",
      belief: "start plans, so start stores what stop needs.",
      changes: agent(
        [
          first,
          `const next = await planNext(ctx, subscription, await ctx.date.now());
        return next;`,
        ],
        [later, later.replace(keep, `if ((await ctx.get("planned")) === null) ${keep}`)],
      ),
      caughtBy: { check: "started-again", mode: "normal" },
      cause: /still planned/,
    },
    {
      id: "subscription-in-the-run",
      belief: "A run gets all it needs as its argument, and stop clears the state.",
      changes: agent(
        [stop, "ctx.clearAll();"],
        [
          `run: async (ctx: restate.ObjectContext, { due }: { due: number }) => {
      ${read}`,
          `run: async (
      ctx: restate.ObjectContext,
      { due, subscription }: { due: number; subscription: Subscription },
    ) => {`,
        ],
        [".run({ due }, restate", ".run({ due, subscription }, restate"],
      ),
      caughtBy: { check: "stopped", mode: "normal" },
      cause: /A run is planned that stop does not cancel/,
    },
    {
      id: "stop-leaves-the-state",
      belief: "stop cancels the run, and then nothing happens any more.",
      changes: agent([`      ctx.clearAll();\n`, ""]),
      caughtBy: { check: "stopped", mode: "normal" },
      cause: /stop leaves something in the state/,
    },
    {
      id: "stop-only-clears-the-state",
      belief: "A run without a subscription returns at once, so stop only clears the state.",
      changes: agent([stop, "ctx.clearAll();"]),
      caughtBy: { check: "stopped-and-started", mode: "normal" },
      cause: /stop leaves a run that is planned/,
    },
    {
      id: "next-time-from-now",
      belief: "The next time is the next one after now.",
      changes: agent(fromNow),
      caughtBy: { check: "clocks-differ", mode: "normal" },
      cause: /the next time after now is the same time again/,
    },
    {
      id: "key-of-the-day-from-now",
      belief: "An idempotency key with the day prevents a second run of that day.",
      changes: agent(fromNow, [
        "sendOpts({ delay: due - Date.now() })",
        "sendOpts({ delay: due - Date.now(), idempotencyKey: `${ctx.key} ${due}` })",
      ]),
      caughtBy: { check: "clocks-differ", mode: "normal" },
      cause: /Nothing plans the next run/,
    },
    {
      id: "next-time-from-the-due-time",
      belief: "The next time is the next one after this run's.",
      changes: agent([plan, "await planNext(ctx, subscription, due);"]),
      caughtBy: { check: "missed", mode: "normal" },
      cause: /even if that is over/,
    },
    {
      id: "late-run-ends",
      belief: "A run that is hours late has nothing to do.",
      changes: agent([
        plan,
        `const isLate = (await ctx.date.now()) - due > 60 * 60 * 1000;
      if (isLate) return;
      ${plan}`,
      ]),
      caughtBy: { check: "missed", mode: "normal" },
      cause: /The next run is not planned/,
    },
    {
      id: "a-day-has-24-hours",
      belief: "The next run is 24 hours after this one.",
      changes: agent(
        [
          plan,
          `const dayLength = 24 * 60 * 60 * 1000;
      let after = due + dayLength;
      while (after < (await ctx.date.now())) after += dayLength;
      await planNext(ctx, subscription, after);`,
        ],
        [
          first,
          "return planNext(ctx, subscription, nextTime(await ctx.date.now(), subscription));",
        ],
        [compute, "const due = after;"],
      ),
      caughtBy: { check: "clocks-change", mode: "normal" },
      cause: /24 hours are added/,
    },
    {
      id: "sampled-now-and-then",
      belief: "I note the time now and then: that is enough for statistics.",
      changes: agent(
        ["const digestAgent = restate", "let times = 0;\n\nconst digestAgent = restate"],
        [
          plan,
          `if (++times % 3 === 0) await ctx.run("note the time", () => Date.now());\n      ${plan}`,
        ],
      ),
      caughtBy: { check: "calm", mode: "always-replay" },
      cause: /What the code does next depends on a variable of the module/,
    },
    {
      id: "a-day-after-a-time-that-was-moved",
      belief: "Temporal knows the days: the next run is this one plus a day.",
      changes: agent(
        [
          plan,
          `const now = await ctx.date.now();
      let at = Temporal.Instant.fromEpochMilliseconds(due).toZonedDateTimeISO(subscription.timeZone);
      do at = at.add({ days: 1 });
      while (at.epochMilliseconds <= now);
      await planNext(ctx, subscription, at.epochMilliseconds);`,
        ],
        [
          first,
          "return planNext(ctx, subscription, nextTime(await ctx.date.now(), subscription));",
        ],
        [compute, "const due = after;"],
      ),
      caughtBy: { check: "clocks-change", mode: "normal" },
      cause: /a time that a change has moved/,
    },
    triesOnce("digest-agent.ts"),
  ],
  variants: [
    {
      id: "plans-in-finally",
      how: "The next run is planned at the end, in finally, which a cancelled run reaches, too.",
      changes: agent([
        planAndSend,
        `try {
        ${send}
      } finally {
        ${plan}
      }`,
      ]),
    },
    {
      id: "catches-what-ends-a-run",
      how: "The run catches each end of its work, and plans then.",
      changes: agent([
        planAndSend,
        `try {
        ${send}
      } catch (error) {
        if (!(error instanceof restate.TerminalError)) throw error;
        console.error(\`No digest: \${error.message}\`);
      }
      ${plan}`,
      ]),
    },
    {
      id: "run-compares-its-time",
      how: "Nothing is cancelled. A run that is not the planned one returns.",
      changes: agent(
        [replace, ""],
        [stop, "ctx.clearAll();"],
        [
          read,
          `${read}\n      if (new Date(due).toISOString() !== (await ctx.get<string>("next"))) return;`,
        ],
        [keep, ""],
        ["const run = ctx\n", "ctx\n"],
      ),
    },
    {
      id: "planned-run-stays-for-the-same-time",
      how: "start keeps a run that is planned for the right time.",
      changes: agent(
        [replace, ""],
        [
          later,
          `const planned = await ctx.get<restate.InvocationId>("planned");
  if (planned !== null && (await ctx.get<string>("next")) === new Date(due).toISOString()) {
    return new Date(due).toISOString();
  }
  if (planned !== null && planned !== ctx.request().id) ctx.invocation(planned).cancel();
  ${later}`,
        ],
      ),
    },
    {
      id: "key-of-the-day",
      how: "Each run has an idempotency key that names its day.",
      changes: agent([
        "sendOpts({ delay: due - Date.now() })",
        "sendOpts({ delay: due - Date.now(), idempotencyKey: `${ctx.key} ${due}` })",
      ]),
    },
    {
      id: "digest-with-the-key-of-its-day",
      how: "The push service gets a key that names the day.",
      changes: agent([tell, tell.replace("ctx.request().id", "`${ctx.key} ${due}`")]),
    },
    {
      id: "counts-up-to-now",
      how: "The next time is sought from this run's, day by day, until it is in the future.",
      changes: agent([
        plan,
        `const now = await ctx.date.now();
      let after = due;
      while (nextTime(after, subscription) <= now) after = nextTime(after, subscription);
      await planNext(ctx, subscription, after);`,
      ]),
    },
    {
      id: "late-run-sends-nothing",
      how: "A run that is hours late plans the next one, and sends nothing.",
      changes: agent([
        planAndSend,
        `const now = await ctx.date.now();
      await planNext(ctx, subscription, Math.max(due, now));
      if (now - due > 60 * 60 * 1000) return;
      ${send}`,
      ]),
    },
    {
      id: "a-loop-in-a-service",
      how: "A service sleeps and calls run, in a loop. The object has its id, and cancels it.",
      changes: [
        {
          file: "digest-agent.ts",
          replace: [
            [`${plan}\n      `, ""],
            [
              later,
              `const loop = ctx
    .serviceSendClient<typeof calendar>({ name: "DigestCalendar" })
    .loop({ user: ctx.key, subscription, due });
  ctx.set("planned", await loop.invocationId);`,
            ],
            [
              "    next: restate.handlers",
              `    note: async (ctx: restate.ObjectContext, next: string): Promise<void> => {
      if ((await ctx.get("planned")) !== null) ctx.set("next", next);
    },

    next: restate.handlers`,
            ],
            [
              "export default digestAgent;",
              `export const calendar = restate.service({
  name: "DigestCalendar",
  handlers: {
    loop: async (
      ctx: restate.Context,
      { user, subscription, due }: { user: string; subscription: Subscription; due: number },
    ): Promise<void> => {
      const agent = ctx.objectClient<typeof digestAgent>({ name: "DigestAgent" }, user);
      for (let at = due; ; ) {
        await ctx.sleep(Math.max(0, at - (await ctx.date.now())));
        await agent.run({ due: at }).catch((error) => {
          if (error instanceof restate.CancelledError) throw error;
        });
        at = nextTime(Math.max(at, await ctx.date.now()), subscription);
        await agent.note(new Date(at).toISOString());
      }
    },
  },
});

export default digestAgent;`,
            ],
          ],
        },
        {
          file: "app.ts",
          replace: [
            ["import digestAgent from", "import digestAgent, { calendar } from"],
            ["[reminderAgent, digestAgent]", "[reminderAgent, digestAgent, calendar]"],
          ],
        },
      ],
    },
    {
      id: "delay-from-a-step",
      how: "The delay counts from a clock that is read in a step, and the send is a generic one.",
      changes: agent([
        later,
        `const now = await ctx.run("read the clock", () => Temporal.Now.instant().epochMilliseconds);
  const run = ctx.genericSend({
    service: "DigestAgent",
    key: ctx.key,
    method: "run",
    parameter: { due },
    inputSerde: restate.serde.json,
    delay: { milliseconds: due - now },
  });
  ${keep}`,
      ]),
    },
  ],
};
