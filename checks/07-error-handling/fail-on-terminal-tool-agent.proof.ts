import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { weatherInAHandler } from "../shared/handler-of-its-own.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";
import { mistakesOfBoth, step } from "./mistakes-of-both.ts";

const throwing = `stopWhen: [
          isStepCount(5),
          ({ steps }) => {
            steps.forEach(rethrowTerminalToolError);
            return false;
          },
        ],`;
const noMore = `      });

      return text;`;

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "fail-on-terminal-tool-agent.ts", replace },
];

export const proof: Proof = {
  stubFails: ["refused", "refused-later", "refused-in-crash", "cancelled"],
  mistakes: [
    contextInTheModule(
      "fail-on-terminal-tool-agent.ts",
      "const model = wrapLanguageModel({",
      'ctx.run("get weather"',
    ),
    ...mistakesOfBoth(agent),
    {
      id: "rethrown-in-on-step-finish",
      belief: "An error that I throw in onStepFinish ends the agent, as in the tour.",
      changes: agent([
        throwing,
        `stopWhen: [isStepCount(5)],
        onStepFinish: rethrowTerminalToolError,`,
      ]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /nothing ended the loop/,
    },
    {
      id: "rethrown-in-on-step-end",
      belief: "onStepFinish is called onStepEnd now, and otherwise it is the same.",
      changes: agent([
        throwing,
        `stopWhen: [isStepCount(5)],
        onStepEnd: rethrowTerminalToolError,`,
      ]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /nothing ended the loop/,
    },
    {
      id: "only-stopped",
      belief: "Stopping the loop means failing.",
      changes: agent(
        [throwing, "stopWhen: [isStepCount(5), hasTerminalToolError],"],
        ["durableCalls, rethrowTerminalToolError", "durableCalls, hasTerminalToolError"],
      ),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /the tool's error was not thrown/,
    },
    {
      id: "told-as-an-answer",
      belief: "A tool should not throw: it says what is wrong, and the model understands.",
      changes: agent([
        `async ({ city }) => ${step}`,
        `async ({ city }) => {
              try {
                return await ctx.run("get weather", () => fetchWeather(city));
              } catch (error) {
                return String(error);
              }
            },`,
      ]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /got the error as the tool's answer/,
    },
    {
      id: "another-error",
      belief: "The caller must know that it failed, but not why.",
      changes: agent(
        [
          "steps.forEach(rethrowTerminalToolError);",
          `if (hasTerminalToolError({ steps })) throw new restate.TerminalError("The agent failed.");`,
        ],
        ["durableCalls, rethrowTerminalToolError", "durableCalls, hasTerminalToolError"],
      ),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /Another error, not the tool's, ended/,
    },
    {
      id: "rethrown-at-the-end",
      belief: "I look at the steps once the agent has ended.",
      changes: agent(
        [throwing, "stopWhen: [isStepCount(5)],"],
        ["const { text } =", "const { text, steps } ="],
        [
          noMore,
          `      });

      steps.forEach(rethrowTerminalToolError);
      return text;`,
        ],
      ),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /The loop continued after the tool had failed: your code looked/,
    },
    {
      id: "only-the-first-step",
      belief: "If the tool works once, it works.",
      changes: agent([
        "steps.forEach(rethrowTerminalToolError);",
        "steps.slice(0, 1).forEach(rethrowTerminalToolError);",
      ]),
      caughtBy: { check: "refused-later", mode: "normal" },
      cause: /nothing ended the loop/,
    },
    {
      id: "noted-inside-the-step",
      belief: "The step notes in a variable why it failed, and stopWhen throws that.",
      changes: agent(
        [
          "      const { text } =",
          `      let refused: restate.TerminalError | undefined;

      const { text } =`,
        ],
        [
          step,
          `ctx.run("get weather", () =>
                fetchWeather(city).catch((error) => {
                  if (error instanceof restate.TerminalError) refused = error;
                  throw error;
                }),
              ),`,
        ],
        [
          "steps.forEach(rethrowTerminalToolError);",
          `const errors = steps.flatMap(({ content }) =>
              content.flatMap((part) => (part.type === "tool-error" ? [part.error] : [])),
            );
            for (const error of errors) if (error instanceof restate.CancelledError) throw error;
            if (refused) throw refused;`,
        ],
        ["durableCalls, rethrowTerminalToolError", "durableCalls"],
      ),
      caughtBy: { check: "refused", mode: "always-replay" },
      cause: /A variable is changed inside a step/,
    },
    {
      id: "every-tool-error-thrown",
      belief: "Any error of a tool ends the agent.",
      changes: agent(
        [
          "steps.forEach(rethrowTerminalToolError);",
          `for (const part of steps.flatMap(({ content }) => content)) {
              if (part.type === "tool-error") throw new restate.TerminalError(String(part.error), {
                errorCode: part.error instanceof restate.TerminalError ? part.error.code : 500,
              });
            }`,
        ],
        ["durableCalls, rethrowTerminalToolError", "durableCalls"],
      ),
      caughtBy: { check: "wrong-call", mode: "normal" },
      cause: /A wrong call by the model was treated as a permanent/,
    },
    {
      id: "cancellation-is-no-failure",
      belief: "A cancellation is not an error of the tool: I rethrow only those.",
      changes: agent(
        [
          "steps.forEach(rethrowTerminalToolError);",
          `for (const part of steps.flatMap(({ content }) => content)) {
              if (part.type !== "tool-error") continue;
              const isCancelled = part.error instanceof restate.CancelledError;
              if (part.error instanceof restate.TerminalError && !isCancelled) throw part.error;
            }`,
        ],
        ["durableCalls, rethrowTerminalToolError", "durableCalls"],
      ),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    sampledEachThirdTime("fail-on-terminal-tool-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("fail-on-terminal-tool-agent.ts"),
  ],
  variants: [
    weatherInAHandler(
      "fail-on-terminal-tool-agent.ts",
      "FailOnTerminalErrorAgent",
      'ctx.run("get weather", () => fetchWeather(city))',
      "city",
    ),
    {
      id: "before-the-next-step",
      how: "thrown where the next step is prepared",
      changes: agent([
        throwing,
        `stopWhen: [isStepCount(5)],
        prepareStep: ({ steps }) => {
          steps.forEach(rethrowTerminalToolError);
          return {};
        },`,
      ]),
    },
    {
      id: "stopped-then-thrown",
      how: "the loop stopped first, the error thrown after it",
      changes: agent(
        [throwing, "stopWhen: [isStepCount(5), hasTerminalToolError],"],
        [
          "durableCalls, rethrowTerminalToolError",
          "durableCalls, hasTerminalToolError, rethrowTerminalToolError",
        ],
        ["const { text } =", "const { text, steps } ="],
        [
          noMore,
          `      });

      steps.forEach(rethrowTerminalToolError);
      return text;`,
        ],
      ),
    },
    {
      id: "last-step-by-hand",
      how: "the last step's tool errors checked by hand",
      changes: agent(
        [
          "steps.forEach(rethrowTerminalToolError);",
          `for (const part of steps.at(-1)?.content ?? []) {
              const isError = part.type === "tool-error";
              if (isError && part.error instanceof restate.TerminalError) throw part.error;
            }`,
        ],
        ["durableCalls, rethrowTerminalToolError", "durableCalls"],
      ),
    },
  ],
};
