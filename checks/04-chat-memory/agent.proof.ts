import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const read = `const conversationOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.get<ModelMessage[]>("messages", superJson)) ?? [];`;
const keep = `ctx.set("messages", [...messages, ...result.responseMessages], superJson);`;
const schema = "{ input: restate.serde.schema(Message) },";
const signature = "async (ctx: restate.ObjectContext, { message }) => {";
const history = `getHistory: restate.handlers.object.shared(async (ctx: restate.ObjectSharedContext) =>
      conversationOf(ctx),
    ),`;
const zodImport = `import { z } from "zod";`;
const messagesLine =
  'const messages: ModelMessage[] = [...earlier, { role: "user", content: message }];';

/** Code that builds the messages from the steps. `words` is the code for the text beside a tool call. */
const putTogether = (words: string) => `const said = result.steps.flatMap((step): ModelMessage[] =>
          step.toolCalls.length === 0
            ? [{ role: "assistant", content: step.text }]
            : [
                {
                  role: "assistant",
                  content: [
                    ${words}...step.toolCalls.map(({ toolCallId, toolName, input }) => ({
                      type: "tool-call" as const,
                      toolCallId,
                      toolName,
                      input,
                    })),
                  ],
                },
                {
                  role: "tool",
                  content: step.toolResults.map(({ toolCallId, toolName, output }) => ({
                    type: "tool-result" as const,
                    toolCallId,
                    toolName,
                    output: { type: "json" as const, value: output as string[] },
                  })),
                },
              ],
        );
        ctx.set("messages", [...messages, ...said], superJson);`;

const agent = (...replace: Change["replace"]): Change[] => [{ file: "agent.ts", replace }];

export const proof: Proof = {
  stubFails: ["history-while-busy", "tool-messages", "crash-as-answer-arrives", "restart"],
  mistakes: [
    {
      id: "written-with-another-serde",
      belief: "superJson is for reading: what I set is JSON anyway.",
      changes: agent([keep, keep.replace(", superJson", "")]),
      caughtBy: { check: "remembers", mode: "normal" },
      cause: /written with one serde and read with another \(agent\.ts:\d+:\d+\)/,
    },
    {
      id: "streamed",
      belief: "A chat shows its answer as it grows, so I stream it.",
      changes: agent(
        ["const result = await generateText({", "const result = streamText({"],
        ["...result.responseMessages]", "...(await result.responseMessages)]"],
        ["answer: result.text", "answer: await result.text"],
        [
          "import { generateText, isStepCount, type ModelMessage, tool,",
          "import { isStepCount, type ModelMessage, streamText, tool,",
        ],
      ),
      caughtBy: { check: "crash-as-answer-arrives", mode: "normal" },
      cause: /agent\.ts:\d+:\d+ streams the model's answer/,
    },
    {
      id: "pruned-for-the-model",
      belief: "A tool's results help for one message, and cost tokens in all later ones.",
      changes: agent(
        [
          "          messages,\n",
          '          messages: pruneMessages({ messages, toolCalls: "before-last-message" }),\n',
        ],
        ["type ModelMessage, tool,", "type ModelMessage, pruneMessages, tool,"],
      ),
      caughtBy: { check: "tool-messages", mode: "normal" },
      cause: /The history has it, but your code does not send it to the model/,
    },
    {
      id: "state-inside-a-step",
      belief: "Everything that a tool does goes into a step, also reading the state.",
      changes: agent([
        "execute: async ({ word }) => rhymesWith(word)",
        `execute: async ({ word }) =>
                ctx.run("find rhymes", async () => {
                  const told = await ctx.get<string[]>("rhymes");
                  return told ?? rhymesWith(word);
                })`,
      ]),
      caughtBy: { check: "crash-as-answer-arrives", mode: "normal" },
      cause: /Inside a step, agent\.ts:\d+:\d+ uses the context: ctx\.get/,
    },
    {
      id: "messages-in-the-module",
      belief: "The messages are read from the state again each time, so I can keep them anywhere.",
      changes: agent(
        ["export default restate", "let messages: ModelMessage[] = [];\n\nexport default restate"],
        ["const messages: ModelMessage[] = [...earlier", "messages = [...earlier"],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /kept in a variable of the module/,
    },
    {
      id: "array-changed-without-set",
      belief: "ctx.get gives me the session's array, so I push to it.",
      changes: agent([keep, "earlier.push(...messages.slice(-1), ...result.responseMessages);"]),
      caughtBy: { check: "remembers", mode: "normal" },
      cause: /What was said is not kept with the session, only one/,
    },
    {
      id: "only-what-the-user-said",
      belief: "The conversation is what the user said; the model can make its answers again.",
      changes: agent([keep, `ctx.set("messages", messages, superJson);`]),
      caughtBy: { check: "remembers", mode: "normal" },
      cause: /What was said is not kept with the session, only one/,
    },
    {
      id: "one-key-for-all",
      belief: "One object that stores conversations is enough, so I give it one key.",
      changes: agent(
        [
          read,
          `const json = restate.serde.json;
const store = { service: "Chat", key: "all-sessions", inputSerde: json, outputSerde: json };
const conversationOf = async (ctx: restate.ObjectSharedContext) =>
  (await ctx.genericCall({ ...store, method: "recall", parameter: null })) as ModelMessage[];`,
        ],
        [
          keep,
          `const parameter = [...messages, ...result.responseMessages];
        await ctx.genericCall({ ...store, method: "keep", parameter });`,
        ],
        [
          history,
          `${history}
    recall: restate.handlers.object.shared(
      async (ctx: restate.ObjectSharedContext) => (await ctx.get<ModelMessage[]>("messages")) ?? [],
    ),
    keep: async (ctx: restate.ObjectContext, messages: ModelMessage[]) => {
      ctx.set("messages", messages);
      return "kept";
    },`,
        ],
      ),
      caughtBy: { check: "remembers", mode: "normal" },
      cause: /The conversations of all sessions are kept in one place/,
    },
    {
      id: "message-added-again",
      belief: "What I keep must have the user's message, so I add it.",
      changes: agent([
        "[...messages, ...result.responseMessages]",
        '[...messages, { role: "user", content: message }, ...result.responseMessages]',
      ]),
      caughtBy: { check: "history-once", mode: "normal" },
      cause: /It is added twice/,
    },
    {
      id: "shared-message-handler",
      belief:
        "Only writing needs to be exclusive, so a long answer does not have to block the session.",
      changes: agent(
        [
          `message: restate.handlers.object.exclusive(
      { input`,
          `message: restate.handlers.object.shared(
      { input`,
        ],
        [signature, "async (ctx: restate.ObjectSharedContext, { message }) => {"],
        [
          keep,
          `await ctx.genericCall<ModelMessage[], void>({
          service: "Chat",
          method: "keep",
          key: ctx.key,
          parameter: [...messages, ...result.responseMessages],
          inputSerde: superJson,
        });`,
        ],
        [
          history,
          `${history}
    keep: restate.handlers.object.exclusive(
      { input: superJson },
      async (ctx: restate.ObjectContext, messages: ModelMessage[]) =>
        ctx.set("messages", messages, superJson),
    ),`,
        ],
      ),
      caughtBy: { check: "one-at-a-time", mode: "normal" },
      cause: /The handler runs several messages of one key at the same time/,
    },
    {
      id: "one-request-for-all-sessions",
      belief: "The model's rate is limited, so I let only one request through at a time.",
      changes: agent(
        [
          zodImport,
          `${zodImport}

let turn: Promise<unknown> = Promise.resolve();
function oneByOne<Result>(ask: () => Promise<Result>): Promise<Result> {
  const mine = turn.then(ask);
  turn = mine.catch(() => {});
  return mine;
}
`,
        ],
        ["await generateText({", "await oneByOne(() => generateText({"],
        [
          "providerOptions: { openai: { parallelToolCalls: false } },\n        });",
          "providerOptions: { openai: { parallelToolCalls: false } },\n        }));",
        ],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      alsoFails: ["side-by-side"],
      cause: /Something that belongs to one run is kept in a variable of/,
    },
    {
      id: "the-last-twenty",
      belief: "A conversation gets long, and nobody needs old messages.",
      changes: agent([
        keep,
        `const all = [...messages, ...result.responseMessages];
        ctx.set("messages", all.slice(-20), superJson);`,
      ]),
      caughtBy: { check: "long-memory", mode: "normal" },
      cause: /each tool call in it needs exactly one result/,
    },
    {
      id: "told-the-last-hundred",
      belief: "I keep everything; a hundred messages are enough for the model.",
      changes: agent([
        "          messages,\n",
        `          messages: messages.slice(
            messages.findIndex(({ role }, nth) => role === "user" && nth >= messages.length - 100),
          ),
`,
      ]),
      caughtBy: { check: "long-memory", mode: "normal" },
      cause: /The history has it, but your code does not send it/,
    },
    {
      id: "the-same-words-once",
      belief: "A message that is already in the history was sent twice by mistake.",
      changes: agent([
        messagesLine,
        `const isNew = !earlier.some(({ content }) => content === message);
        const messages: ModelMessage[] = isNew
          ? [...earlier, { role: "user", content: message }]
          : earlier;`,
      ]),
      caughtBy: { check: "history-once", mode: "normal" },
      cause: /The conversation is not in the session's own state/,
    },
    {
      id: "history-as-lines",
      belief: "People read a history, so I return a line for each message.",
      changes: agent([
        `=>
      conversationOf(ctx),`,
        `=>
      (await conversationOf(ctx)).map(({ content }) => JSON.stringify(content)),`,
      ]),
      caughtBy: { check: "history-once", mode: "normal" },
      cause: /getHistory does not return the stored messages/,
    },
    {
      id: "results-left-out",
      belief: "What a tool answered is in the text; it is enough to keep that it was called.",
      changes: agent([
        keep,
        `const kept = result.responseMessages.map((message) =>
          message.role !== "tool"
            ? message
            : {
                ...message,
                content: message.content.map((part) =>
                  part.type === "tool-result"
                    ? { ...part, output: { type: "text" as const, value: "done" } }
                    : part,
                ),
              },
        );
        ctx.set("messages", [...messages, ...kept], superJson);`,
      ]),
      caughtBy: { check: "tool-messages", mode: "normal" },
      cause: /You keep less than result.responseMessages has/,
    },
    {
      id: "history-from-memory",
      belief: "The state is for the agent; readers get the history faster from a Map.",
      changes: agent(
        [
          "export default restate",
          "const histories = new Map<string, ModelMessage[]>();\n\nexport default restate",
        ],
        [
          keep,
          `const all = [...messages, ...result.responseMessages];
        histories.set(ctx.key, all);
        ctx.set("messages", all, superJson);`,
        ],
        [
          `=>
      conversationOf(ctx),`,
          `=>
      histories.get(ctx.key) ?? [],`,
        ],
      ),
      caughtBy: { check: "restart", mode: "normal" },
      cause: /The conversation is not in the session's own state/,
    },
    {
      id: "history-as-a-writer",
      belief: "A handler is a handler; getHistory needs nothing special.",
      changes: agent([
        "getHistory: restate.handlers.object.shared(",
        "getHistory: restate.handlers.object.exclusive(",
      ]),
      caughtBy: { check: "history-while-busy", mode: "normal" },
      cause: /getHistory is a writer, and Restate runs one writer/,
    },
    {
      id: "only-the-last-step",
      belief: "result.response.messages are the messages of the response, as in the tour.",
      changes: agent(["result.responseMessages", "result.response.messages"]),
      caughtBy: { check: "tool-messages", mode: "normal" },
      cause: /You keep less than result.responseMessages has/,
    },
    {
      id: "no-words-beside-a-call",
      belief: "A model calls a tool or says something, so a step is one or the other.",
      changes: agent([keep, putTogether("")]),
      caughtBy: { check: "tool-messages", mode: "normal" },
      cause: /You keep less than result.responseMessages has/,
    },
    {
      id: "only-the-text",
      belief: "What the assistant said is its text.",
      changes: agent([
        "...result.responseMessages]",
        '{ role: "assistant", content: result.text }]',
      ]),
      caughtBy: { check: "tool-messages", mode: "normal" },
      cause: /You keep less than result.responseMessages has/,
    },
    {
      id: "history-in-a-file",
      belief: "A file outlives the process, so I append each message to it.",
      changes: agent(
        [
          read,
          `const fileOf = (key: string) => join(import.meta.dirname, key);
const conversationOf = async (ctx: restate.ObjectSharedContext): Promise<ModelMessage[]> =>
  existsSync(fileOf(ctx.key))
    ? readFileSync(fileOf(ctx.key), "utf8").trim().split("\\n").map((line) => JSON.parse(line))
    : [];
const append = (key: string, messages: ModelMessage[]) =>
  appendFileSync(fileOf(key), messages.map((each) => \`\${JSON.stringify(each)}\\n\`).join(""));`,
        ],
        [messagesLine, `${messagesLine}\n        append(ctx.key, messages.slice(-1));`],
        [keep, "append(ctx.key, result.responseMessages);"],
        [
          'import { openai } from "@ai-sdk/openai";',
          `import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openai } from "@ai-sdk/openai";`,
        ],
      ),
      caughtBy: { check: "crash-as-answer-arrives", mode: "normal" },
      cause: /It is added twice/,
    },
    {
      id: "in-memory",
      belief: "The session's handler runs one message at a time, so a Map is safe.",
      changes: agent(
        [
          read,
          `const conversations = new Map<string, ModelMessage[]>();
const conversationOf = async ({ key }: restate.ObjectSharedContext) => conversations.get(key) ?? [];`,
        ],
        [keep, "conversations.set(ctx.key, [...messages, ...result.responseMessages]);"],
      ),
      caughtBy: { check: "crash-as-answer-arrives", mode: "normal" },
      alsoFails: ["restart"],
      cause: /The conversation is not in the session's own state/,
    },
    {
      id: "unknown-session-refused",
      belief: "A session without messages does not exist, so that is an error.",
      changes: agent([
        `=>
      conversationOf(ctx),
    ),`,
        `=> {
      const conversation = await conversationOf(ctx);
      if (conversation.length > 0) return conversation;
      throw new restate.TerminalError("no such session", { errorCode: 404 });
    }),`,
      ]),
      caughtBy: { check: "empty-history", mode: "normal" },
      cause: /getHistory fails if a session has no messages yet/,
    },
    {
      id: "no-schema",
      belief: "TypeScript knows the message's type already.",
      changes: agent(
        [schema, "{},"],
        [signature, "async (ctx: restate.ObjectContext, { message }: { message: string }) => {"],
      ),
      caughtBy: { check: "bad-input", mode: "normal" },
      cause: /The input's schema is missing, or accepts this/,
    },
    {
      id: "any-length",
      belief: "The model accepts what it can, so the length does not matter.",
      changes: agent([".max(10_000)", ""]),
      caughtBy: { check: "bad-input", mode: "normal" },
      cause: /The input's schema is missing, or accepts this/,
    },
    {
      id: "set-inside-a-step",
      belief: "What must not be lost goes into a step.",
      changes: agent([
        keep,
        `await ctx.run("keep conversation", async () => {
          ctx.set("messages", [...messages, ...result.responseMessages], superJson);
        });`,
      ]),
      caughtBy: { check: "history-once", mode: "always-replay" },
      cause: /Inside a step/,
    },
    sampledEachThirdTime("agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("agent.ts"),
  ],
  variants: [
    {
      id: "default-json",
      how: "no superJson: what ai 7 keeps in messages is JSON already",
      changes: agent(
        [`"messages", superJson)`, `"messages")`],
        [keep, keep.replace(", superJson", "")],
      ),
    },
    {
      id: "checked-by-hand",
      how: "the message checked in the handler, and refused with 400",
      changes: agent(
        [schema, "{},"],
        [
          signature,
          `async (ctx: restate.ObjectContext, request: unknown) => {
        const parsed = Message.safeParse(request);
        if (!parsed.success) {
          throw new restate.TerminalError(parsed.error.message, { errorCode: 400 });
        }
        const { message } = parsed.data;`,
        ],
      ),
    },
    {
      id: "kept-as-it-grows",
      how: "the user's message kept before the model is asked, the rest after",
      changes: agent([
        messagesLine,
        `${messagesLine}\n        ctx.set("messages", messages, superJson);`,
      ]),
    },
    {
      id: "put-together-by-hand",
      how: "messages put together from the steps, including text beside a call",
      changes: agent([keep, putTogether('{ type: "text" as const, text: step.text }, ')]),
    },
    {
      id: "stores-nothing-at-the-provider",
      how: "requests that contain every text, instead of references to stored answers",
      changes: agent([
        "{ parallelToolCalls: false }",
        "{ parallelToolCalls: false, store: false }",
      ]),
    },
    {
      id: "one-key-per-message",
      how: "each turn under its own key, and their number under another",
      changes: agent(
        [
          read,
          `const conversationOf = async (ctx: restate.ObjectSharedContext) => {
  const turns = (await ctx.get<number>("turns")) ?? 0;
  const conversation: ModelMessage[] = [];
  for (let turn = 0; turn < turns; turn++) {
    conversation.push(...((await ctx.get<ModelMessage[]>(\`turn \${turn}\`, superJson)) ?? []));
  }
  return conversation;
};`,
        ],
        [
          keep,
          `const turns = (await ctx.get<number>("turns")) ?? 0;
        ctx.set(\`turn \${turns}\`, [...messages.slice(-1), ...result.responseMessages], superJson);
        ctx.set("turns", turns + 1);`,
        ],
      ),
    },
    {
      id: "null-for-a-new-session",
      how: "getHistory returns the state as it is, which is null at first",
      changes: agent([
        `=>
      conversationOf(ctx),`,
        `=>
      ctx.get<ModelMessage[]>("messages", superJson),`,
      ]),
    },
  ],
};
