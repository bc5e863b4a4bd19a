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
      cause: /treats a denial like a missing answer/,
    },
    {
      id: "timer-before-the-request",
      belief: "I start the timer first, so that I do not forget it.",
      changes: agent(
        [
          "const approval = ctx.awakeable<boolean>();",
          `const approval = ctx.awakeable<boolean>();
              const answer = approval.promise.orTimeout({ hours: 3 });`,
        ],
        [wait, "const approved = await answer;"],
      ),
      caughtBy: { check: "from-the-request", mode: "normal" },
      cause: /The wait begins before the request is sent/,
    },
    {
      id: "three-tries-to-ask",
      belief: "If the reviewer cannot be reached in three attempts, nobody is there.",
      changes: agent([
        "approval.id),\n              );",
        "approval.id),\n                { maxRetryAttempts: 3 },\n              );",
      ]),
      caughtBy: { check: "review-down", mode: "normal" },
      cause: /The request is not sent in a step, its attempts are limited/,
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
      cause: /The handler waits for something that never comes/,
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
      cause: /The wait has no deadline, or only the process/,
    },
    {
      id: "timeout-not-caught",
      belief: "The timeout is an error like any other, and the caller gets it.",
      changes: agent([whole, `${wait}\n              return { approved };`]),
      caughtBy: { check: "expires", mode: "normal" },
      cause: /Nothing catches the TimeoutError of the wait/,
    },
    {
      id: "silence-is-consent",
      belief: "Nobody objected in three hours, so it is approved.",
      changes: agent([onlyTimeouts, "return { approved: true };"]),
      caughtBy: { check: "expires", mode: "normal" },
      cause: /The tool tells the model something else/,
    },
    {
      id: "an-hour-more",
      belief: "An hour more does no harm.",
      changes: agent(["{ hours: 3 }", "{ hours: 4 }"]),
      caughtBy: { check: "expires", mode: "normal" },
      alsoFails: ["first-deadline"],
      cause: /The timeout is wrong: it is in another unit/,
    },
    {
      id: "another-unit",
      belief: "The number is in minutes.",
      changes: agent(["{ hours: 3 }", "{ minutes: 3 }"]),
      caughtBy: { check: "three-hours", mode: "normal" },
      cause: /The timeout is wrong: it is in another unit/,
    },
    {
      id: "every-error-is-a-timeout",
      belief: "The only error that this await can throw is the timeout.",
      changes: agent([onlyTimeouts, "return timedOut;"]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /Every error is treated as a timeout/,
    },
    {
      id: "cancellation-told-to-the-model",
      belief: "The model should see every error of a tool and decide what to do.",
      changes: agent([
        `({ steps }) => {
            steps.forEach(rethrowTerminalToolError);
            return false;
          },`,
        "",
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The model got the cancellation as an error of the tool/,
    },
    {
      id: "deadline-from-the-clock",
      belief: "I note the deadline, and keep waiting until it has come.",
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
      cause: /Each process recomputes how long to wait, from/,
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
      how: "a race between the answer and a sleep, both Restate's",
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
      how: "a wait of one hour, a log line, and a wait of the two that are left",
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
      how: "a deadline kept in the journal, and a look at it every half hour",
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
      how: "recognises the cancellation, where the solution recognises the timeout",
      changes: agent([
        onlyTimeouts,
        `if (error instanceof restate.CancelledError) throw error;
                return timedOut;`,
      ]),
    },
    {
      id: "by-code",
      how: "recognises the timeout by its code, in minutes",
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
