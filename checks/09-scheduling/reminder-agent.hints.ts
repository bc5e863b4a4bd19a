import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["list", "failed-after-tool"],
    question: "Which process answers a request for the list tomorrow? What does it know?",
    pointer: "Each user is a key of the virtual object, and each key has its own state.",
    nearlyTheCode: `type Reminder = { at: string; text: string; id: restate.InvocationId };
const remindersOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<Reminder[]>("reminders")) ?? …;`,
  },
  {
    checks: ["same-time"],
    question: "The handler runs again after a wait or a crash. What does the clock show then?",
    pointer: "ctx.date reads the clock in a step: a replay gets the time that is in the journal.",
    nearlyTheCode: "const now = await ctx.date.…();",
  },
  {
    checks: ["at-the-time", "restart", "crash-in-ask", "late-model", "unreadable"],
    question: "Who knows tomorrow that there is something to do, if every process was restarted?",
    pointer:
      "Send to your own handler remind with a delay. What does Date.parse make of a text that is no date?",
    nearlyTheCode: `if (!(time > …)) return "…";
const reminder = ctx
  .objectSendClient<typeof reminderAgent>({ name: "ReminderAgent" }, ctx.key)
  .remind({ text }, restate.rpc.sendOpts({ … }));
ctx.set("reminders", [...(await remindersOf(ctx)), { at, text, id: await reminder.… }]);`,
  },
  {
    checks: ["crash-in-remind", "outage", "same-words", "off-the-list"],
    question:
      "It crashes after the phone has shown the notification. How does the phone know that the next one is the same?",
    pointer:
      "Notify in a step, with a key that is the same in each attempt. The invocation's own id is one, and it is on the list.",
    nearlyTheCode: `const { id } = ctx.request();
await ctx.run("notify the user", () => notify(ctx.key, text, …));
ctx.set("reminders", (await remindersOf(ctx)).filter((reminder) => reminder.id !== …));`,
  },
  {
    checks: ["forgets"],
    question: "A reminder is off the list. What will still run tomorrow?",
    pointer: "ctx.invocation takes the id of what was sent. It can cancel it before it begins.",
    nearlyTheCode: `for (const each of reminders) if (each.text === text) ctx.invocation(…).…();`,
  },
];

export const prediction =
  "In the original code, the user gets no reminder: its timer was in the process that you replaced. The list is empty. With your fix, the reminder comes tomorrow at 9, and until then it is on the list.";

export const why =
  "A delayed send is an invocation that Restate stores with its time. No process has to live until then, and the key is free. Its id is known at once, so it can be cancelled, and it serves as the idempotency key of the notification. The clock is read in a step, so that each attempt tells the model the same time.";
