import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const keep = `ctx.set("messages", messages);

        // TODO: end`;
const withoutKeep = `
        // TODO: end`;
const cancel = "ctx.invocation(task).cancel();";
const attach = `await ctx
            .invocation(task)
            .attach()
            .catch((error) => {
              // The work is over, no matter how it has ended. This message may be cancelled, too.
              if (error instanceof restate.CancelledError) throw error;
            });`;
const interrupt = `if (task !== null) {
          ${cancel}
          ${attach}
        }`;
const readTask = `const task = await ctx.get<restate.InvocationId>("task");`;
const start = `const next = tasks.run({ session: ctx.key, messages });
        ctx.set("task", await next.invocationId);`;
const keepId = `ctx.set("task", await next.invocationId);`;
const guard = `if (ended.task !== (await ctx.get("task"))) return;
      `;
const takeNews = `ctx.set("messages", ended.messages);`;
const branch = "const branch = ctx.rand.uuidv4();";
const open = `await ctx.run("open the branch", () => openBranch(branch));`;
const work = `const work = async () => {
        ${open}
        return writeCode(ctx, branch, messages);
      };`;
const closeOnce = `ctx.run("close the branch", () => closeBranch(branch))`;
const close = `const close = (): Promise<void> =>
        ctx
          .run("close the branch", () => closeBranch(branch))
          .catch((error) => {
            if (!(error instanceof restate.CancelledError)) throw error;
            return close();
          });`;
const finish = "const answer = await work().finally(close);";
const news = `ctx
        .objectSendClient<typeof codingAgent>({ name: "CodingAgent" }, session)
        .taskEnded({ task: ctx.request().id, messages: [...messages, ...answer] });`;
const write =
  "await ctx.run(`write ${path}`, () => writeFile(branch, path, content));\n          return `Wrote ${path}.`;";
const rethrow = "steps.forEach(rethrowTerminalToolError);";
const agent = (...replace: Change["replace"]): Change[] => [{ file: "coding-agent.ts", replace }];
const ofTheModule = (declaration: string): Change["replace"][number] => [
  "export const codingAgent =",
  `${declaration}

export const codingAgent =`,
];
const withRandomUUID = [
  `import { openai }`,
  `import { randomUUID } from "node:crypto";
import { openai }`,
] as const;

export const proof: Proof = {
  stubFails: [
    "knows-all",
    "interrupts",
    "crash",
    "cancelled-message",
    "one-at-a-time",
    "in-a-tool",
    "third-message",
    "four-at-once",
    "while-closing",
    "crash-in-closing",
    "failed-work",
  ],
  mistakes: [
    {
      id: "only-the-new-message",
      belief: "The new work needs the new message. The rest is history.",
      changes: agent([
        ".run({ session: ctx.key, messages });",
        `.run({ session: ctx.key, messages: [{ role: "user", content: message }] });`,
      ]),
      caughtBy: { check: "builds", mode: "normal" },
      cause: /given only the new message/,
    },
    {
      id: "stored-with-the-answer",
      belief: "The conversation is stored when the work is done: then I have both messages.",
      changes: agent([keep, withoutKeep]),
      caughtBy: { check: "knows-all", mode: "normal" },
      alsoFails: ["four-at-once"],
      cause: /stored only together with the answer/,
    },
    {
      id: "fails-with-the-old-work",
      belief: "attach waits until the old work has ended.",
      changes: agent([attach, "await ctx.invocation(task).attach();"]),
      caughtBy: { check: "interrupts", mode: "normal" },
      cause: /passes on the error with which an earlier task has ended/,
    },
    {
      id: "work-beside-work",
      belief: "The new message starts new work. The old work will end by itself.",
      changes: agent([`${interrupt}\n        `, ""], [readTask, ""]),
      caughtBy: { check: "interrupts", mode: "normal" },
      cause: /Nobody cancels the earlier task/,
    },
    {
      id: "work-in-the-handler",
      belief: "The handler of the message does the work. A second message is a second call.",
      changes: agent(
        [start, "await tasks.run({ session: ctx.key, messages });"],
        [guard, ""],
        ["ctx.serviceSendClient<", "ctx.serviceClient<"],
      ),
      caughtBy: { check: "interrupts", mode: "normal" },
      cause: /runs in the handler that takes messages/,
    },
    {
      id: "waits-without-cancelling",
      belief: "Before new work begins, I wait for the old work.",
      changes: agent([`${cancel}\n          `, ""]),
      caughtBy: { check: "interrupts", mode: "normal" },
      cause: /waits for its end without cancelling it/,
    },
    {
      id: "task-in-the-module",
      belief: "There is one task at a time, so I keep its id in a variable.",
      changes: agent(
        ofTheModule("let task: restate.InvocationId | null = null;"),
        [readTask, ""],
        [keepId, "task = await next.invocationId;"],
        [guard, ""],
      ),
      caughtBy: { check: "crash", mode: "normal" },
      alsoFails: ["two-at-once"],
      cause: /is not kept where this handler finds it/,
    },
    {
      id: "tasks-in-a-map",
      belief: "Which task is at work is no part of the conversation. A Map by session is enough.",
      changes: agent(
        ofTheModule("const underWay = new Map<string, restate.InvocationId>();"),
        [readTask, "const task = underWay.get(ctx.key) ?? null;"],
        [keepId, "underWay.set(ctx.key, await next.invocationId);"],
        [guard, "if (ended.task !== underWay.get(ctx.key)) return;\n      "],
      ),
      caughtBy: { check: "crash", mode: "normal" },
      cause: /is not kept where this handler finds it/,
    },
    {
      id: "cancel-is-enough",
      belief: "After cancel, the old work is over.",
      changes: agent([`${attach}\n        `, ""]),
      caughtBy: { check: "one-at-a-time", mode: "always-replay" },
      cause: /only asks for the end/,
    },
    {
      id: "waits-for-five-minutes",
      belief: "Nobody may wait without end, so after five minutes new work begins anyway.",
      changes: agent([".attach()\n", ".attach()\n            .orTimeout({ minutes: 5 })\n"]),
      caughtBy: { check: "one-at-a-time", mode: "always-replay" },
      cause: /the wait has a limit/,
    },
    {
      id: "any-error-is-the-end",
      belief: "If attach throws, the old work is over. I need not look at the error.",
      changes: agent([
        `              // The work is over, no matter how it has ended. This message may be cancelled, too.
              if (error instanceof restate.CancelledError) throw error;
`,
        "              console.log(error);\n",
      ]),
      caughtBy: { check: "cancelled-message", mode: "normal" },
      cause: /Its own cancellation is an error, too/,
    },
    {
      id: "tool-tells-the-model",
      belief: "If a tool fails, the model should know, and decide.",
      changes: agent([rethrow, "console.log(steps.length);"], [", rethrowTerminalToolError", ""]),
      caughtBy: { check: "in-a-tool", mode: "normal" },
      cause: /gives a tool's error to the model unless stopWhen throws it/,
    },
    {
      id: "tool-catches-everything",
      belief: "A tool must never throw: it answers with what went wrong.",
      changes: agent([
        write,
        `try {
            await ctx.run(\`write \${path}\`, () => writeFile(branch, path, content));
            return \`Wrote \${path}.\`;
          } catch (error) {
            return \`It failed: \${error}\`;
          }`,
      ]),
      caughtBy: { check: "in-a-tool", mode: "normal" },
      cause: /Something catches the cancellation/,
    },
    {
      id: "closes-at-the-end",
      belief: "The last step closes the branch.",
      changes: agent([finish, "const answer = await work();\n      await close();"]),
      caughtBy: { check: "in-a-tool", mode: "normal" },
      cause: /never gets there/,
    },
    {
      id: "late-news-counts",
      belief: "Each task that ends has an answer, and it belongs in the conversation.",
      changes: agent([guard, ""]),
      caughtBy: { check: "third-message", mode: "normal" },
      cause: /late and replaces the conversation/,
    },
    {
      id: "late-news-frees-the-session",
      belief: "Whatever way a task ends, it says so, and then the session is free.",
      changes: agent(
        [
          `${guard}${takeNews}`,
          `ctx.set("messages", [...(await conversationOf(ctx)), ...ended.messages]);
      ctx.clear("task");`,
        ],
        [
          `${finish}

      ${news}`,
          `let answer: ModelMessage[] = [];
      try {
        answer = await work();
      } finally {
        await close();
        ctx
          .objectSendClient<typeof codingAgent>({ name: "CodingAgent" }, session)
          .taskEnded({ task: ctx.request().id, messages: answer });
      }`,
        ],
      ),
      caughtBy: { check: "third-message", mode: "normal" },
      cause: /forgets which work is under way/,
    },
    {
      id: "waits-for-the-object",
      belief: "The task is over when the session knows its answer.",
      changes: agent([news, `await ${news.replace("objectSendClient", "objectClient")}`]),
      caughtBy: { check: "third-message", mode: "normal" },
      cause: /waits for what never comes/,
    },
    {
      id: "opens-before-the-work",
      belief: "Only what was opened must be closed, so opening comes before try.",
      changes: agent([
        `${work}
      `,
        `${open}
      const work = () => writeCode(ctx, branch, messages);
      `,
      ]),
      caughtBy: { check: "while-opening", mode: "normal" },
      cause: /it still arrives/,
    },
    {
      id: "closes-once",
      belief: "finally always runs to its end.",
      changes: agent([close, `const close = () => ${closeOnce};`]),
      caughtBy: { check: "while-closing", mode: "normal" },
      cause: /A cancellation also ends the step that closes the branch/,
    },
    {
      id: "closes-twice-at-most",
      belief: "If somebody cancels the clean-up, it is run again. That is enough.",
      changes: agent([
        close,
        `const close = () =>
        ${closeOnce}.catch(() => ${closeOnce});`,
      ]),
      caughtBy: { check: "while-closing", mode: "normal" },
      cause: /nothing runs that step again/,
    },
    {
      id: "closes-if-cancelled",
      belief:
        "If a message interrupts the work, the branch is closed. Other errors are for the operator.",
      changes: agent([
        finish,
        `const answer = await work().catch(async (error) => {
        if (error instanceof restate.CancelledError) await close();
        throw error;
      });
      await close();`,
      ]),
      caughtBy: { check: "failed-work", mode: "normal" },
      cause: /interrupted or fails never gets there/,
    },
    {
      id: "noted-in-the-step",
      belief: "I note in a variable that the branch is open, and close only what is open.",
      changes: agent(
        [
          work,
          `let isOpen = false;
      const work = async () => {
        await ctx.run("open the branch", async () => {
          isOpen = true;
          await openBranch(branch);
        });
        return writeCode(ctx, branch, messages);
      };`,
        ],
        [finish, "const answer = await work().finally(async () => isOpen && close());"],
      ),
      caughtBy: { check: "crash-in-closing", mode: "normal" },
      cause:
        /only in memory when the process was killed|does not match the journal|changes from attempt/,
    },
    {
      id: "random-branch",
      belief: "A branch needs a name that nobody else has: randomUUID.",
      changes: agent(withRandomUUID, [branch, "const branch = randomUUID();"]),
      caughtBy: { check: "crash-in-closing", mode: "normal" },
      cause: /only in memory when the process was killed/,
    },
    {
      id: "closes-for-a-minute",
      belief: "If the repository is down for a minute, nobody needs the branch any more.",
      changes: agent([
        close,
        close.replace(
          "closeBranch(branch))",
          "closeBranch(branch), { maxRetryDuration: { minutes: 1 } })",
        ),
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /A limit of attempts/,
    },
    {
      id: "sampled-now-and-then",
      belief: "I note the time now and then: that is enough for statistics.",
      changes: agent(ofTheModule("let times = 0;"), [
        branch,
        `if (++times % 3 === 0) await ctx.run("note the time", () => Date.now());
      ${branch}`,
      ]),
      caughtBy: { check: "calm", mode: "always-replay" },
      cause: /What the code does next depends on a variable of the module/,
    },
    triesOnce("coding-agent.ts"),
  ],
  variants: [
    {
      id: "catch-and-throw",
      how: "The branch is closed in a catch that throws again, and at the end.",
      changes: agent([
        finish,
        `const answer = await work().catch(async (error) => {
        await close();
        throw error;
      });
      await close();`,
      ]),
    },
    {
      id: "interrupted-returns",
      how: "Work that is interrupted ends without an error.",
      changes: agent([
        finish,
        `const answer = await work()
        .catch((error) => {
          if (!(error instanceof restate.CancelledError)) throw error;
        })
        .finally(close);
      if (answer === undefined) return;`,
      ]),
    },
    {
      id: "turn-number",
      how: "The work is known by a number instead of the task's id.",
      changes: agent(
        [`.run({ session: ctx.key, messages });`, `.run({ session: ctx.key, messages, turn });`],
        [
          readTask,
          `${readTask}
        const turn = ((await ctx.get<number>("turn")) ?? 0) + 1;
        ctx.set("turn", turn);`,
        ],
        [guard, `if (ended.turn !== (await ctx.get("turn"))) return;\n      `],
        ["{ session, messages }: Work", "{ session, messages, turn }: Work"],
        ["taskEnded({ task: ctx.request().id,", "taskEnded({ turn,"],
        [
          `  session: string;
  messages: ModelMessage[];
}`,
          `  session: string;
  messages: ModelMessage[];
  turn: number;
}`,
        ],
        [
          `  /** The id of the invocation that did the work. */
  task: string;`,
          "  turn: number;",
        ],
      ),
    },
    {
      id: "forgets-the-task",
      how: "When work has ended, its id is forgotten.",
      changes: agent([takeNews, `${takeNews}\n      ctx.clear("task");`]),
    },
    {
      id: "news-before-closing",
      how: "The answer is in the conversation before the branch is closed.",
      changes: agent([
        `${finish}

      ${news}`,
        `const workAndTell = async () => {
        const answer = await work();
        ${news.replaceAll("\n", "\n  ")}
      };
      await workAndTell().finally(close);`,
      ]),
    },
    {
      id: "task-waits",
      how: "Not the handler of the message waits for the end of the old work, but the new work.",
      changes: agent(
        [interrupt, `if (task !== null) ${cancel}`],
        [
          `.run({ session: ctx.key, messages });`,
          `.run({ session: ctx.key, messages, after: task });`,
        ],
        ["{ session, messages }: Work", "{ session, messages, after }: Work"],
        [
          `const work = async () => {
        `,
          `if (after !== null) {
        await ctx
          .invocation(after)
          .attach()
          .catch((error) => {
            if (error instanceof restate.CancelledError) throw error;
          });
      }
      const work = async () => {
        `,
        ],
        [
          `  session: string;
  messages: ModelMessage[];
}`,
          `  session: string;
  messages: ModelMessage[];
  after: restate.InvocationId | null;
}`,
        ],
      ),
    },
    {
      id: "waits-though-cancelled",
      how: "A message that is cancelled while it waits still waits for the end of the old work.",
      changes: agent([
        interrupt,
        `const over = async (): Promise<void> => {
          if (task === null) return;
          await ctx
            .invocation(task)
            .attach()
            .catch((error) => {
              if (error instanceof restate.CancelledError) return over();
            });
        };
        if (task !== null) ctx.invocation(task).cancel();
        await over();`,
      ]),
    },
    {
      id: "gives-up-after-an-hour",
      how: "A message fails if the old work does not end within an hour.",
      changes: agent(
        [".attach()\n", ".attach()\n            .orTimeout({ hours: 1 })\n"],
        [
          "if (error instanceof restate.CancelledError) throw error;\n            });",
          `const isOver = error instanceof restate.CancelledError;
              if (isOver || error instanceof restate.TimeoutError) throw error;
            });`,
        ],
      ),
    },
    {
      id: "model-call-cut",
      how: "The request to the model is cut when the work is interrupted.",
      changes: agent(
        [
          "const { responseMessages }",
          "const { attemptCompletedSignal } = ctx.request();\n  const { responseMessages }",
        ],
        [
          "    messages,\n    tools: {",
          "    messages,\n    abortSignal: attemptCompletedSignal,\n    tools: {",
        ],
      ),
    },
    {
      id: "noted-interruption",
      how: "The conversation says that work was interrupted.",
      changes: agent(
        [
          `const messages: ModelMessage[] = [...earlier, { role: "user", content: message }];`,
          `const before = await ctx.get("task");
        const note: ModelMessage = { role: "assistant", content: "I was interrupted." };
        const messages: ModelMessage[] = [
          ...earlier,
          ...(before === null ? [] : [note]),
          { role: "user", content: message },
        ];`,
        ],
        [takeNews, `${takeNews}\n      ctx.clear("task");`],
      ),
    },
    {
      id: "other-words",
      how: "Steps, branches and state have other names.",
      changes: agent(
        [branch, "const branch = `work-${ctx.request().id}`;"],
        [`ctx.run("open the branch", `, `ctx.run("check out", `],
        [`.run("close the branch", `, `.run("give back", `],
        [readTask, `const task = await ctx.get<restate.InvocationId>("at work");`],
        [keepId, `ctx.set("at work", await next.invocationId);`],
        [`ctx.get("task")`, `ctx.get("at work")`],
      ),
    },
  ],
};
