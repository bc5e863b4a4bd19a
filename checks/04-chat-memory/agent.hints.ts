import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["remembers", "crash-as-answer-arrives", "restart"],
    question:
      "A Map is gone with its process. What belongs to a session and lives as long as the session?",
    pointer:
      "Each key of a virtual object has its own state. Look at ctx.get, and at what it returns for a new key.",
    nearlyTheCode: `const conversationOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<ModelMessage[]>("messages", …)) ?? …;`,
  },
  {
    checks: [
      "remembers",
      "history-once",
      "tool-messages",
      "long-memory",
      "crash-as-answer-arrives",
    ],
    question:
      "Which of the result's messages does the model need later, to know what its tool found?",
    pointer:
      "ctx.set stores a value under a name, and ctx.get reads it. result.responseMessages has all rounds.",
    nearlyTheCode: `ctx.set("messages", [...messages, ...result.…], …);`,
  },
  {
    checks: ["history-while-busy", "empty-history"],
    question: "A reader changes nothing. Why should it wait until a message has been processed?",
    pointer:
      "A handler that only reads can be shared. It runs at the same time as the one that writes.",
    nearlyTheCode: `getHistory: restate.handlers.object.…(async (ctx: restate.ObjectSharedContext) =>
  conversationOf(ctx),
),`,
  },
];

export const prediction =
  "In the original code, the third message finds an empty conversation, and getHistory waits until the long answer has ended. With your fix the third message finds the first two, and getHistory answers at once.";

export const why =
  "A session is a key of a virtual object. Restate stores its state and changes it together with the journal, so a crash loses no message and adds none twice. One writer of a key runs at a time, which keeps the messages in order. A shared handler only reads, and does not wait.";
