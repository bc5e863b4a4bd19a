import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const clock = "const now = await ctx.date.now();";
const told = " It is ${new Date(now).toISOString()}.";
const unreadable = "if (!(time > now)) return `There is no reminder: ${at} is not in the future.`;";
const send = `const reminder = ctx
                .objectSendClient<typeof reminderAgent>({ name: "ReminderAgent" }, ctx.key)
                .remind({ text }, restate.rpc.sendOpts({ delay: time - Date.now() }));`;
const keep = `ctx.set("reminders", [...reminders, { at, text, id: await reminder.invocationId }]);`;
const tell = `await ctx.run("notify the user", () => notify(ctx.key, text, id));`;
const takeOff = `const left = reminders.filter((reminder) => reminder.id !== id);
      ctx.set("reminders", left);`;
const cancel = "if (each.text === text) ctx.invocation(each.id).cancel();";
const read = `const remindersOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<Reminder[]>("reminders")) ?? [];`;
const zod = `import { z } from "zod";`;
const id = "id: restate.InvocationId };";

const agent = (...replace: Change["replace"]): Change[] => [{ file: "reminder-agent.ts", replace }];
const withRandomUUID = [
  `import { openai }`,
  `import { randomUUID } from "node:crypto";
import { openai }`,
] as const;

/** Code that asks Restate's ingress to run `remind` later. */
const overHttp = (delay: string, headers: string) => `fetch(
                  \`\${process.env.RESTATE_INGRESS_URL}/ReminderAgent/\${ctx.key}/remind/send?delay=\${${delay}}ms\`,
                  {
                    method: "POST",
                    headers: { "content-type": "application/json"${headers} },
                    body: JSON.stringify({ text }),
                  },
                ).then((response) => response.json() as Promise<{ invocationId: string }>)`;

export const proof: Proof = {
  stubFails: [
    "at-the-time",
    "same-time",
    "restart",
    "crash-in-remind",
    "late-model",
    "outage",
    "list",
    "failed-after-tool",
    "off-the-list",
    "same-words",
    "forgets",
    "unreadable",
  ],
  mistakes: [
    {
      id: "no-time-for-the-model",
      belief: "The model knows the time: it answers such questions in every chat.",
      changes: agent([told, ""]),
      caughtBy: { check: "reminds", mode: "normal" },
      cause: /The model was not told what time it is/,
    },
    {
      id: "one-list-for-all",
      belief: "The reminders are in Restate, so I can also keep the list at hand.",
      changes: agent(
        [
          read,
          `let all: Reminder[] = [];\nconst remindersOf = async (_: restate.ObjectSharedContext) => all;`,
        ],
        [keep, "all = [...reminders, { at, text, id: await reminder.invocationId }];"],
        [takeOff, "all = reminders.filter((reminder) => reminder.id !== id);"],
        [
          `const left = reminders.filter((reminder) => reminder.text !== text);
      ctx.set("reminders", left);`,
          "all = reminders.filter((reminder) => reminder.text !== text);",
        ],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /kept in a variable of the module/,
    },
    {
      id: "timer-of-the-process",
      belief: "The list is in Restate, so a timer is enough to look at it.",
      changes: agent(
        [id, "id: string };"],
        [
          send,
          `const id = ctx.rand.uuidv4();
              setTimeout(() => notify(ctx.key, text, id), time - Date.now());`,
        ],
        [
          keep,
          keep
            .replace("id: await reminder.invocationId", "id")
            .replace("reminders,", "(await remindersOf(ctx)),"),
        ],
        ["const reminders = await remindersOf(ctx);\n              ", ""],
        [cancel, "if (each.text === text) clearTimeout(each.id);"],
      ),
      caughtBy: { check: "at-the-time", mode: "normal" },
      cause: /only in the memory of a process/,
    },
    {
      id: "key-from-the-text",
      belief: "The same words for the same user are the same notification.",
      changes: agent([tell, tell.replace("text, id", "text, `${ctx.key} ${text}`")]),
      caughtBy: { check: "at-the-time", mode: "normal" },
      cause: /two reminders have one idempotency key/,
    },
    {
      id: "one-key-for-all-sends",
      belief: "An idempotency key prevents a second reminder for the same thing.",
      changes: agent([
        "sendOpts({ delay: time - Date.now() })",
        "sendOpts({ delay: time - Date.now(), idempotencyKey: `${ctx.key} ${text}` })",
      ]),
      caughtBy: { check: "at-the-time", mode: "normal" },
      cause: /two reminders have one idempotency key/,
    },
    {
      id: "seconds",
      belief: "Delays are in seconds, as in most schedulers.",
      changes: agent(["delay: time - Date.now()", "delay: (time - Date.now()) / 1000"]),
      caughtBy: { check: "at-the-time", mode: "normal" },
      cause: /The delay is in another unit/,
    },
    {
      id: "sleeps-in-the-tool",
      belief: "A durable sleep survives every restart, so the tool sleeps.",
      changes: agent(
        [
          `const reminders = await remindersOf(ctx);
              ${keep}`,
          `await ctx.sleep(time - now);
              await ctx.run("notify the user", () => notify(ctx.key, text, ctx.request().id));`,
        ],
        [send, ""],
      ),
      caughtBy: { check: "not-blocked", mode: "normal" },
      cause: /it sleeps until the time of the reminder/,
    },
    {
      id: "sleeps-in-remind",
      belief: "The tool only sends. The handler that notifies can sleep.",
      changes: agent(
        [
          ".remind({ text }, restate.rpc.sendOpts({ delay: time - Date.now() }));",
          ".remind({ text, delay: time - now });",
        ],
        [
          "{ text }: { text: string }) => {\n      // TODO: notify",
          "{ text, delay }: { text: string; delay: number }) => {\n      // TODO: notify",
        ],
        [tell, `await ctx.sleep(delay);\n      ${tell}`],
      ),
      caughtBy: { check: "not-blocked", mode: "normal" },
      cause: /it sleeps until the time of the reminder/,
    },
    {
      id: "active-in-memory",
      belief: "What is forgotten must not be sent, so I keep a set of what is active.",
      changes: agent(
        [`${zod}\n`, `${zod}\n\nconst active = new Set<string>();\n`],
        [keep, `${keep}\n              active.add(await reminder.invocationId);`],
        [tell, `if (!active.has(id)) return;\n      ${tell}`],
        [cancel, "if (each.text === text) active.delete(each.id);"],
      ),
      caughtBy: { check: "restart", mode: "normal" },
      cause: /only in the memory of a process/,
    },
    {
      id: "sent-in-a-step",
      belief: "Everything with an effect belongs into a step, also a send.",
      changes: agent(
        [
          send,
          `await ctx.run("plan", () => {
                ctx
                  .objectSendClient<typeof reminderAgent>({ name: "ReminderAgent" }, ctx.key)
                  .remind({ text }, restate.rpc.sendOpts({ delay: time - now }));
              });`,
        ],
        ["id: await reminder.invocationId", "id: ctx.request().id as restate.InvocationId"],
      ),
      caughtBy: { check: "crash-in-ask", mode: "normal" },
      cause: /Inside a step/,
    },
    {
      id: "over-http",
      belief: "Restate's ingress takes a delay, so I ask it with fetch.",
      changes: agent(
        [send, `const reminder = await ${overHttp("time - now", "")};`],
        ["await reminder.invocationId", "reminder.invocationId as restate.InvocationId"],
      ),
      caughtBy: { check: "crash-in-ask", mode: "normal" },
      cause: /fetch.* differs from attempt to attempt/,
    },
    {
      id: "notified-outside-a-step",
      belief: "remind is called once, so it notifies once.",
      changes: agent([tell, "await notify(ctx.key, text, randomUUID());"], withRandomUUID),
      caughtBy: { check: "crash-in-remind", mode: "normal" },
      cause: /each attempt notifies with another idempotency key/,
    },
    {
      id: "key-made-in-the-step",
      belief: "A new key for each notification, made where it is used.",
      changes: agent([tell, tell.replace("text, id", "text, randomUUID()")], withRandomUUID),
      caughtBy: { check: "crash-in-remind", mode: "normal" },
      cause: /each attempt notifies with another idempotency key/,
    },
    {
      id: "notified-once-at-most",
      belief: "A late reminder is useless, so one attempt is enough.",
      changes: agent([
        tell,
        tell.replace("text, id))", "text, id), {\n        maxRetryAttempts: 1,\n      })"),
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /A notification that fails is not retried/,
    },
    {
      id: "failure-only-logged",
      belief: "If the notification fails, I log it. The next reminder must not suffer.",
      changes: agent([
        tell,
        `await ctx.run("notify the user", () =>
        notify(ctx.key, text, id).catch((error) => console.error(error)),
      );`,
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /A notification that fails is not retried/,
    },
    {
      id: "three-attempts",
      belief: "Three attempts are enough, as for the model.",
      changes: agent([
        tell,
        tell.replace("text, id))", "text, id), {\n        maxRetryAttempts: 3,\n      })"),
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /A notification that fails is not retried/,
    },
    {
      id: "delay-from-the-start",
      belief: "I have read the clock already, so I use that time for the delay, too.",
      changes: agent(["delay: time - Date.now()", "delay: time - now"]),
      caughtBy: { check: "late-model", mode: "normal" },
      cause: /does not count from the moment of the send/,
    },
    {
      id: "forget-throws",
      belief: "To forget what is not there is an error, so I throw one.",
      changes: agent([
        `for (const each of reminders) ${cancel}`,
        `if (!reminders.some((each) => each.text === text)) throw new Error("There is no such reminder");
      for (const each of reminders) ${cancel}`,
      ]),
      caughtBy: { check: "list", mode: "normal" },
      cause: /Your code throws in every attempt/,
    },
    {
      id: "sent-with-the-key-of-ask",
      belief: "The id of the invocation is a good idempotency key. I pass it on.",
      changes: agent(
        [".remind({ text }, restate", ".remind({ text, key: ctx.request().id }, restate"],
        [
          "{ text }: { text: string }) => {\n      // TODO: notify",
          "{ text, key }: { text: string; key: string }) => {\n      // TODO: notify",
        ],
        [tell, tell.replace("text, id", "text, key")],
      ),
      caughtBy: { check: "same-words", mode: "normal" },
      cause: /two reminders have one idempotency key/,
    },
    {
      id: "off-the-list-by-its-words",
      belief: "The words say which reminder it is.",
      changes: agent(["reminder.id !== id", "reminder.text !== text"]),
      caughtBy: { check: "same-words", mode: "normal" },
      cause: /one takes others off the list that have the same words/,
    },
    {
      id: "list-read-before-the-model",
      belief: "I read the state once, at the start, and add to it.",
      changes: agent(
        [clock, `${clock}\n      const reminders = await remindersOf(ctx);`],
        [
          `const reminders = await remindersOf(ctx);
              ${keep}`,
          keep,
        ],
      ),
      caughtBy: { check: "same-words", mode: "normal" },
      cause: /one takes others off the list|in the memory of one process/,
    },
    {
      id: "forgets-the-first",
      belief: "Words name one reminder, so I look for it and cancel it.",
      changes: agent([
        `for (const each of reminders) ${cancel}
      const left = reminders.filter((reminder) => reminder.text !== text);`,
        `const forgotten = reminders.find((each) => each.text === text);
      if (forgotten) ctx.invocation(forgotten.id).cancel();
      const left = reminders.filter((reminder) => reminder !== forgotten);`,
      ]),
      caughtBy: { check: "same-words", mode: "normal" },
      cause: /or only one of several/,
    },
    {
      id: "any-date-is-fine",
      belief: "The schema makes sure that it is a date.",
      changes: agent(
        [`z.string().describe("ISO 8601, in UTC")`, "z.iso.datetime({ offset: true })"],
        [`              ${unreadable}\n`, ""],
      ),
      caughtBy: { check: "unreadable", mode: "normal" },
      cause: /A time that is over gives a delay below 0/,
    },
    {
      id: "list-in-a-map",
      belief: "The sends are durable. The list is only for showing.",
      changes: agent(
        [
          read,
          `const lists = new Map<string, Reminder[]>();
const remindersOf = async (ctx: restate.ObjectSharedContext) => lists.get(ctx.key) ?? [];`,
        ],
        [keep, keep.replace(`ctx.set("reminders", `, "lists.set(ctx.key, ")],
        [takeOff, takeOff.replace(`ctx.set("reminders", `, "lists.set(ctx.key, ")],
        [
          `reminder.text !== text);
      ctx.set("reminders", left);`,
          `reminder.text !== text);
      lists.set(ctx.key, left);`,
        ],
      ),
      caughtBy: { check: "list", mode: "normal" },
      cause: /in the memory of one process/,
    },
    {
      id: "never-off-the-list",
      belief: "The list is what the user asked for. It can stay.",
      changes: agent([
        `const reminders = await remindersOf(ctx);
      ${takeOff}
`,
        "",
      ]),
      caughtBy: { check: "off-the-list", mode: "normal" },
      cause: /Nothing takes it off the list/,
    },
    {
      id: "only-the-list-forgets",
      belief: "What is not on the list does not exist any more.",
      changes: agent([`for (const each of reminders) ${cancel}\n`, ""]),
      caughtBy: { check: "forgets", mode: "normal" },
      cause: /It is only taken off the list/,
    },
    {
      id: "forgets-what-contains-the-words",
      belief: "Users do not remember the exact words, so a part of them is enough.",
      changes: agent(
        [cancel, "if (each.text.includes(text)) ctx.invocation(each.id).cancel();"],
        ["reminder.text !== text", "!reminder.text.includes(text)"],
      ),
      caughtBy: { check: "forgets", mode: "normal" },
      cause: /one takes others off the list/,
    },
    {
      id: "words-are-forgotten-for-ever",
      belief: "I keep what was said to be forgotten. remind looks there.",
      changes: agent(
        [
          tell,
          `const forgotten = (await ctx.get<string[]>("forgotten")) ?? [];
      if (forgotten.includes(text)) return;
      ${tell}`,
        ],
        [
          `for (const each of reminders) ${cancel}`,
          `ctx.set("forgotten", [...((await ctx.get<string[]>("forgotten")) ?? []), text]);`,
        ],
      ),
      caughtBy: { check: "forgets", mode: "normal" },
      cause: /kept by its words/,
    },
    {
      id: "listed-at-the-end",
      belief: "The state is written once, when all is done.",
      changes: agent(
        [clock, `${clock}\n      const added: Reminder[] = [];`],
        [
          `const reminders = await remindersOf(ctx);
              ${keep}`,
          "added.push({ at, text, id: await reminder.invocationId });",
        ],
        [
          "return text;\n    },",
          `ctx.set("reminders", [...(await remindersOf(ctx)), ...added]);\n      return text;\n    },`,
        ],
      ),
      caughtBy: { check: "failed-after-tool", mode: "normal" },
      cause: /written at the end/,
    },
    {
      id: "all-are-forgotten",
      belief: "To forget is to cancel what is planned and to start with an empty list.",
      changes: agent(
        [cancel, "ctx.invocation(each.id).cancel();"],
        [
          'reminder.text !== text);\n      ctx.set("reminders", left)',
          'reminder.text !== text);\n      ctx.set("reminders", left.slice(left.length))',
        ],
      ),
      caughtBy: { check: "forgets", mode: "normal" },
      cause: /one takes others off the list/,
    },
    {
      id: "any-time-is-a-time",
      belief: "The model gives an ISO date: the schema says so.",
      changes: agent([`              ${unreadable}\n`, ""]),
      caughtBy: { check: "unreadable", mode: "normal" },
      cause: /a delay of NaN is no delay/,
    },
    {
      id: "only-nan-is-no-time",
      belief: "What is no date becomes NaN, so I look for NaN.",
      changes: agent(["if (!(time > now)) return", "if (Number.isNaN(time)) return"]),
      caughtBy: { check: "unreadable", mode: "normal" },
      cause: /reads a number in other words as a day in 2001/,
    },
    {
      id: "judged-by-the-clock-now",
      belief: "A time is in the future if it is after now.",
      changes: agent(["if (!(time > now)) return", "if (!(time > Date.now())) return"]),
      caughtBy: { check: "crash-in-ask", mode: "normal" },
      cause: /Date\.now\(\) differs from attempt to attempt/,
    },
    {
      id: "unreadable-is-set-too",
      belief: "If the time makes no sense, there is nothing to do, and the model need not know.",
      changes: agent([unreadable, "if (!(time > now)) return `There is a reminder for ${at}.`;"]),
      caughtBy: { check: "unreadable", mode: "normal" },
      cause: /answers as if the reminder was set/,
    },
    {
      id: "clock-read-by-each-attempt",
      belief: "The time is the time: I read the clock.",
      changes: agent([clock, "const now = Date.now();"]),
      caughtBy: { check: "crash-in-ask", mode: "normal" },
      cause: /Date\.now\(\) differs from attempt to attempt/,
    },
    {
      id: "clock-in-the-instructions",
      belief: "Only what decides something must be durable. The instructions decide nothing.",
      changes: agent([told, " It is ${new Date().toISOString()}."]),
      caughtBy: { check: "same-time", mode: "always-replay" },
      cause: /Each attempt reads the clock again/,
    },
    {
      id: "sampled-now-and-then",
      belief: "I note the time now and then: that is enough for statistics.",
      changes: agent(
        [`${zod}\n`, `${zod}\n\nlet times = 0;\n`],
        [
          clock,
          `if (++times % 3 === 0) await ctx.run("note the time", () => Date.now());\n      ${clock}`,
        ],
      ),
      caughtBy: { check: "calm", mode: "always-replay" },
      cause: /What the code does next depends on a variable of the module/,
    },
    triesOnce("reminder-agent.ts"),
  ],
  variants: [
    {
      id: "sleeps-in-a-service-of-its-own",
      how: "A service without a key sleeps, and then calls the object.",
      changes: [
        {
          file: "reminder-agent.ts",
          replace: [
            [
              send,
              `const reminder = ctx
                .serviceSendClient<typeof timer>({ name: "ReminderTimer" })
                .wait({ user: ctx.key, text, at });`,
            ],
            ["const { id } = ctx.request();\n      await", "await"],
            [
              "{ text }: { text: string }) => {\n      // TODO: notify",
              "{ text, id }: { text: string; id: string }) => {\n      // TODO: notify",
            ],
            [
              "export default reminderAgent;",
              `export const timer = restate.service({
  name: "ReminderTimer",
  handlers: {
    wait: async (
      ctx: restate.Context,
      { user, text, at }: { user: string; text: string; at: string },
    ): Promise<void> => {
      await ctx.sleep(Math.max(0, Date.parse(at) - (await ctx.date.now())));
      const { id } = ctx.request();
      await ctx.objectClient<typeof reminderAgent>({ name: "ReminderAgent" }, user).remind({ text, id });
    },
  },
});

export default reminderAgent;`,
            ],
          ],
        },
        {
          file: "app.ts",
          replace: [
            ["import reminderAgent from", "import reminderAgent, { timer } from"],
            ["[reminderAgent", "[reminderAgent, timer"],
          ],
        },
      ],
    },
    {
      id: "over-http-in-a-step",
      how: "It asks Restate's ingress in a step, with an idempotency key that the step does not make.",
      changes: agent(
        [
          send,
          `const key = ctx.rand.uuidv4();
              const reminder = await ctx.run("plan", () =>
                ${overHttp("time - Date.now()", `, "idempotency-key": key`)},
              );`,
        ],
        ["await reminder.invocationId", "reminder.invocationId as restate.InvocationId"],
      ),
    },
    {
      id: "remind-looks-at-the-list",
      how: "Nothing is cancelled. What is not on the list any more is not sent.",
      changes: agent(
        [
          tell,
          `const isLeft = (await remindersOf(ctx)).some((reminder) => reminder.id === id);
      if (!isLeft) return;
      ${tell}`,
        ],
        [`for (const each of reminders) ${cancel}\n`, ""],
      ),
    },
    {
      id: "clock-in-a-step",
      how: "The time comes from a step, and is told in another format.",
      changes: agent(
        [clock, `const now = await ctx.run("read the clock", () => Date.now());`],
        [told, " It is ${new Date(now).toUTCString()}."],
        ["time - Date.now()", "time - (await ctx.date.now())"],
      ),
    },
    {
      id: "time-beside-the-question",
      how: "The prompt has the time, in milliseconds.",
      changes: agent(
        [told, ""],
        ["        prompt,\n", "        prompt: `Now: ${now}. ${prompt}`,\n"],
      ),
    },
    {
      id: "date-in-the-schema",
      how: "The schema refuses what is not a date.",
      changes: agent(
        [
          `z.string().describe("ISO 8601, in UTC")`,
          `z.iso
                .datetime({ offset: true })
                .refine((at) => Date.parse(at) > now, "not in the future")`,
        ],
        [`              ${unreadable}\n`, ""],
      ),
    },
    {
      id: "unreadable-throws",
      how: "The tool throws. The model gets the error as the tool's answer.",
      changes: agent([
        unreadable,
        "if (!(time > now)) throw new Error(`${at} is not in the future`);",
      ]),
    },
    {
      id: "generic-send-and-a-key-before-the-step",
      how: "A generic send, and an idempotency key from ctx.rand.",
      changes: agent(
        [
          send,
          `const reminder = ctx.genericSend({
                service: "ReminderAgent",
                key: ctx.key,
                method: "remind",
                parameter: { text },
                inputSerde: restate.serde.json,
                delay: { milliseconds: time - Date.now() },
              });`,
        ],
        [
          tell,
          `const key = ctx.rand.uuidv4();
      ${tell.replace("text, id", "text, key")}`,
        ],
      ),
    },
  ],
};
