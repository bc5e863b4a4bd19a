import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const wait = "const approved = await approval.promise.orTimeout({ hours: 3 });";
const whole = `try {
                const approved = await approval.promise.orTimeout({ hours: 3 });
                return { approved };
              } catch (error) {
                if (error instanceof restate.TimeoutError) return timedOut;
                throw error;
              }`;
const onlyTimeouts = `if (error instanceof restate.TimeoutError) return timedOut;
                throw error;`;

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "agent-with-timeout.ts", replace },
];

export const proof: Proof = {
  stubFails: ["expires", "three-hours", "first-deadline", "late-answer"],
  mistakes: [
    {
      id: "no-is-no-answer",
      belief: "What is not approved in time is not approved.",
      changes: agent(["return { approved };", "return approved ? { approved } : timedOut;"]),
      caughtBy: { check: "denied-in-time", mode: "normal" },
      cause: /A no is taken for an answer that did not come/,
    },
    {
      id: "timer-before-the-request",
      belief: "I start the clock first, so that I do not forget it.",
      changes: agent(
        [
          "const approval = ctx.awakeable<boolean>();",
          `const approval = ctx.awakeable<boolean>();
              const answer = approval.promise.orTimeout({ hours: 3 });`,
        ],
        [wait, "const approved = await answer;"],
      ),
      caughtBy: { check: "from-the-request", mode: "normal" },
      cause: /The wait is begun before the request has been sent/,
    },
    {
      id: "three-tries-to-ask",
      belief: "If the reviewer cannot be reached at the third try, nobody is there.",
      changes: agent([
        "approval.id),\n              );",
        "approval.id),\n                { maxRetryAttempts: 3 },\n              );",
      ]),
      caughtBy: { check: "review-down", mode: "normal" },
      cause: /The request is not sent in a step, has a limit of attempts/,
    },
    contextInTheModule(
      "agent-with-timeout.ts",
      "const model = wrapLanguageModel({",
      "ctx.awakeable<boolean>()",
      'ctx.run("request review"',
    ),
    {
      id: "no-answer-heard",
      belief: "Three hours is long enough to wait before I look at the answer.",
      changes: agent([whole, "await ctx.sleep({ hours: 3 });\n              return timedOut;"]),
      caughtBy: { check: "answer-in-time", mode: "normal" },
      cause: /The handler waits for something that does not come/,
    },
    {
      id: "timer-in-the-process",
      belief: "A promise that rejects after three hours is a timeout.",
      changes: agent([
        whole,
        `const deadline = new Promise<typeof timedOut>((resolve) => {
                setTimeout(() => resolve(timedOut), 3 * 60 * 60 * 1000).unref();
              });
              return Promise.race([approval.promise.map((approved) => ({ approved })), deadline]);`,
      ]),
      caughtBy: { check: "expires", mode: "normal" },
      alsoFails: ["first-deadline", "late-answer"],
      cause: /The wait has no deadline, or one that only the process/,
    },
    {
      id: "timeout-not-caught",
      belief: "The timeout is an error like any other, and whoever called hears of it.",
      changes: agent([whole, `${wait}\n              return { approved };`]),
      caughtBy: { check: "expires", mode: "normal" },
      cause: /Nothing catches the TimeoutError of the wait/,
    },
    {
      id: "silence-is-consent",
      belief: "Nobody objected in three hours, so it is approved.",
      changes: agent([onlyTimeouts, "return { approved: true };"]),
      caughtBy: { check: "expires", mode: "normal" },
      cause: /The tool does not tell the model that the time is over/,
    },
    {
      id: "an-hour-more",
      belief: "An hour more does no harm.",
      changes: agent(["{ hours: 3 }", "{ hours: 4 }"]),
      caughtBy: { check: "expires", mode: "normal" },
      alsoFails: ["first-deadline"],
      cause: /The timeout is another one: it is given in another unit/,
    },
    {
      id: "another-unit",
      belief: "The number is in minutes.",
      changes: agent(["{ hours: 3 }", "{ minutes: 3 }"]),
      caughtBy: { check: "three-hours", mode: "normal" },
      cause: /The timeout is another one: it is given in another unit/,
    },
    {
      id: "every-error-is-a-timeout",
      belief: "The only error that this await can throw is the timeout.",
      changes: agent([onlyTimeouts, "return timedOut;"]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /Every error is taken for a timeout/,
    },
    {
      id: "cancellation-told-to-the-model",
      belief: "The model should hear of every error in a tool, and see what it makes of it.",
      changes: agent([
        `({ steps }) => {
            steps.forEach(rethrowTerminalToolError);
            return false;
          },`,
        "",
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /went to the model as an error of the tool/,
    },
    {
      id: "deadline-from-the-clock",
      belief: "I note the deadline, and wait on as long as it has not come.",
      changes: agent([
        whole,
        `const deadline = Date.now() + 3 * 60 * 60 * 1000;
              for (;;) {
                try {
                  const approved = await approval.promise.orTimeout({ hours: 3 });
                  return { approved };
                } catch (error) {
                  if (!(error instanceof restate.TimeoutError)) throw error;
                  if (Date.now() >= deadline) return timedOut;
                }
              }`,
      ]),
      caughtBy: { check: "first-deadline", mode: "normal" },
      cause: /How long to wait is worked out again by each process, from/,
    },
    {
      id: "native-race-with-a-sleep",
      belief: "Promise.race knows which of two promises is done first.",
      changes: agent([
        whole,
        `return Promise.race([
                approval.promise.then((approved) => ({ approved })),
                ctx.sleep({ hours: 3 }).then(() => timedOut),
              ]);`,
      ]),
      caughtBy: { check: "answer-in-time", mode: "normal" },
      cause: /Two awaits at once/,
    },
    sampledEachThirdTime("agent-with-timeout.ts", "const model = wrapLanguageModel({"),
    triesOnce("agent-with-timeout.ts"),
  ],
  variants: [
    {
      id: "told-in-words",
      how: "the reviewer's answer told to the model in words",
      changes: agent([
        "return { approved };",
        'return approved ? "The claim was accepted." : "The claim was rejected.";',
      ]),
    },
    {
      id: "durable-race",
      how: "a race of Restate's between the answer and a sleep",
      changes: agent([
        whole,
        `return restate.RestatePromise.race([
                approval.promise.map((approved) => ({ approved })),
                ctx.sleep({ hours: 3 }).map(() => timedOut),
              ]);`,
      ]),
    },
    {
      id: "two-waits",
      how: "a wait of an hour, a line for the log, and a wait of the two that are left",
      changes: agent([
        wait,
        `const approved = await approval.promise.orTimeout({ hours: 1 }).catch((error) => {
                  if (!(error instanceof restate.TimeoutError)) throw error;
                  ctx.console.warn("One hour has passed without an answer.");
                  return approval.promise.orTimeout({ hours: 2 });
                });`,
      ]),
    },
    {
      id: "kept-deadline",
      how: "a deadline kept in the journal, and a glance at it every half hour",
      changes: agent([
        whole,
        `const deadline = (await ctx.date.now()) + 3 * 60 * 60 * 1000;
              while ((await ctx.date.now()) < deadline) {
                try {
                  const approved = await approval.promise.orTimeout({ minutes: 30 });
                  return { approved };
                } catch (error) {
                  if (!(error instanceof restate.TimeoutError)) throw error;
                }
              }
              return timedOut;`,
      ]),
    },
    {
      id: "cancellation-first",
      how: "the cancellation told apart, where the solution tells the timeout apart",
      changes: agent([
        onlyTimeouts,
        `if (error instanceof restate.CancelledError) throw error;
                return timedOut;`,
      ]),
    },
    {
      id: "by-code",
      how: "the timeout told apart by its code, in minutes",
      changes: agent(
        ["{ hours: 3 }", "{ minutes: 180 }"],
        [
          "error instanceof restate.TimeoutError",
          "error instanceof restate.TerminalError && error.code === 408",
        ],
      ),
    },
  ],
};
