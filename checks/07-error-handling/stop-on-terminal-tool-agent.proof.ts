import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { weatherInAHandler } from "../shared/handler-of-its-own.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";
import { mistakesOfBoth, step } from "./mistakes-of-both.ts";

const stop = "stopWhen: [isStepCount(5), hasTerminalToolError],";
const look = `      const [failed] = getTerminalToolSteps(result.steps)
        .flatMap(({ content }) => content)
        .filter((part) => part.type === "tool-error");
      if (failed?.error instanceof restate.CancelledError) throw failed.error;
      if (failed?.error instanceof Error) {
        return { failedTool: failed.toolName, reason: failed.error.message };
      }
`;
const cancelled =
  "      if (failed?.error instanceof restate.CancelledError) throw failed.error;\n";
const told = "return { failedTool: failed.toolName, reason: failed.error.message };";
const importsSteps = "  getTerminalToolSteps,\n";
const importsStop = "  hasTerminalToolError,\n";

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "stop-on-terminal-tool-agent.ts", replace },
];

export const proof: Proof = {
  stubFails: ["refused", "refused-later", "refused-in-crash", "cancelled"],
  mistakes: [
    contextInTheModule(
      "stop-on-terminal-tool-agent.ts",
      "const model = wrapLanguageModel({",
      'ctx.run("get weather"',
    ),
    ...mistakesOfBoth(agent),
    {
      id: "stopped-and-silent",
      belief: "Once the loop has stopped, its text says why.",
      changes: agent([look, ""], [importsSteps, ""]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /The code returned result.text/,
    },
    {
      id: "looked-but-not-stopped",
      belief: "I look at the steps when the loop has ended: nothing has to stop it.",
      changes: agent([stop, "stopWhen: [isStepCount(5)],"], [importsStop, ""]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /The loop continued after the tool had failed: your code looked/,
    },
    {
      id: "without-the-tool",
      belief: "The error's message is all that the caller needs.",
      changes: agent([told, "return failed.error.message;"]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /does not name the tool/,
    },
    {
      id: "thrown",
      belief: "A failed tool is a failed agent.",
      changes: agent([told, "throw failed.error;"]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /but its caller must get an answer/,
    },
    {
      id: "only-the-first-step",
      belief: "If the tool works once, it works.",
      changes: agent([
        "getTerminalToolSteps(result.steps)",
        "getTerminalToolSteps(result.steps.slice(0, 1))",
      ]),
      caughtBy: { check: "refused-later", mode: "normal" },
      cause: /The code returned result.text/,
    },
    {
      id: "a-limit-on-the-tool",
      belief: "Two attempts are enough for a weather API.",
      changes: agent([
        step,
        'ctx.run("get weather", () => fetchWeather(city), { maxRetryAttempts: 2 }),',
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /The step has a limit/,
    },
    {
      id: "noted-inside-the-step",
      belief:
        "The step notes in a variable why it failed, and I look at that when the loop has stopped.",
      changes: agent(
        ["      const result =", '      let reason = "";\n\n      const result ='],
        [
          step,
          `ctx.run("get weather", () =>
                fetchWeather(city).catch((error) => {
                  reason = error.message;
                  throw error;
                }),
              ),`,
        ],
        ["if (failed?.error instanceof Error) {", 'if (failed && reason !== "") {'],
        [told, "return { failedTool: failed.toolName, reason };"],
      ),
      caughtBy: { check: "refused", mode: "always-replay" },
      cause: /A variable is changed inside a step/,
    },
    {
      id: "stopped-at-any-error",
      belief: "Any error of a tool ends the agent.",
      changes: agent(
        [
          stop,
          `stopWhen: [
          isStepCount(5),
          ({ steps }) => steps.some(({ content }) => content.some(({ type }) => type === "tool-error")),
        ],`,
        ],
        [importsStop, ""],
      ),
      caughtBy: { check: "wrong-call", mode: "normal" },
      cause: /The loop was stopped before the model could answer/,
    },
    {
      id: "reason-left-out",
      belief: "An error is an object: JSON has it all.",
      changes: agent([told, "return { failedTool: failed.toolName, reason: failed.error };"]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /gives no reason/,
    },
    {
      id: "cancelled-is-failed",
      belief: "A cancellation is one more way for a tool to fail.",
      changes: agent([cancelled, ""]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    sampledEachThirdTime("stop-on-terminal-tool-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("stop-on-terminal-tool-agent.ts"),
  ],
  variants: [
    weatherInAHandler(
      "stop-on-terminal-tool-agent.ts",
      "StopOnTerminalErrorAgent",
      'ctx.run("get weather", () => fetchWeather(city))',
      "city",
    ),
    {
      id: "a-sentence",
      how: "the tool and the reason in a sentence",
      changes: agent([
        told,
        "return `${failed.toolName} failed permanently: ${failed.error.message}`;",
      ]),
    },
    {
      id: "stopped-by-hand",
      how: "a stopping condition of their own",
      changes: agent(
        [
          stop,
          `stopWhen: [
          isStepCount(5),
          ({ steps }) =>
            steps.some(({ content }) =>
              content.some(
                (part) => part.type === "tool-error" && part.error instanceof restate.TerminalError,
              ),
            ),
        ],`,
        ],
        [importsStop, ""],
      ),
    },
    {
      id: "all-that-failed",
      how: "a list of all tools that have failed",
      changes: agent([
        look,
        `      const failed = getTerminalToolSteps(result.steps)
        .flatMap(({ content }) => content)
        .filter((part) => part.type === "tool-error");
      for (const { error } of failed) if (error instanceof restate.CancelledError) throw error;
      if (failed.length > 0) {
        return failed.map(({ toolName, error }) => ({ toolName, reason: String(error) }));
      }
`,
      ]),
    },
  ],
};
