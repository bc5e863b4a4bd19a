import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "A Map dies with its process. What belongs to a session, and lives as long as it does?",
    "Each key of a virtual object has state of its own. Look at ctx.get, and at what it gives a new key.",
    `const conversationOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<ModelMessage[]>("messages", …)) ?? …;`,
  ],
  [
    "Which of the result's messages does the model need, to know later what its tool had found?",
    "ctx.set keeps a value under the name that ctx.get asks for. result.responseMessages has all steps.",
    `ctx.set("messages", [...messages, ...result.…], …);`,
  ],
  [
    "Two readers cannot spoil anything. Why should one wait behind a message that is being written?",
    "A handler that only reads can be a shared one; it runs beside the one that writes.",
    `getHistory: restate.handlers.object.…(async (ctx: restate.ObjectSharedContext) =>
  conversationOf(ctx),
),`,
  ],
];

export const why =
  "A session is a key of a virtual object: its state is kept by Restate and changes with the journal, so that a crash neither loses a message nor adds one twice. One writer of a key runs at a time, which orders the messages; a shared handler only reads, and does not wait.";
