import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { weatherInAHandler } from "../shared/handler-of-its-own.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const cap = 'if (round > 10) throw new restate.TerminalError("No answer after ten rounds.");';
const decision = `          if (!(await approval.promise)) return "The calls of the weather API were denied.";
`;
const valid = "const calls = result.toolCalls.filter((call) => !call.invalid && !call.dynamic);";
const step = `ctx
              .run("get weather", () => fetchWeather(input.city))`;
const outputs = `        const outputs = await restate.RestatePromise.all(
          calls.map(({ input }) =>
            ${step}
              .map((weather, failure) => weather ?? { error: failure?.message ?? "" }),
          ),
        );
`;
const results = `        messages.push({
          role: "tool",
          content: calls.map(({ toolCallId, toolName }, nth) => ({
            type: "tool-result",
            toolCallId,
            toolName,
            output: { type: "json", value: outputs[nth] ?? "" },
          })),
        });
`;
/** The calls of a round with a catch around them. `caught` is the code inside the catch. */
const inTry = (caught: string) =>
  outputs.replace("const outputs = await", "const calling =").replace(
    "        );\n",
    `        );
        const outputs = await calling.catch((error) => {
          ${caught}
        });
`,
  );
const toValue = `
              .map((weather, failure) => weather ?? { error: failure?.message ?? "" })`;

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "manual-loop-agent.ts", replace },
];

export const proof: Proof = {
  stubFails: [
    "side-by-side",
    "refused",
    "wrong-calls",
    "capped",
    "approved",
    "approved-each-time",
    "denied",
    "crash-among-them",
    "crash-in-approval",
    "review-down",
    "cancelled-in-approval",
  ],
  mistakes: [
    {
      id: "a-timeout-around-each-call",
      belief: "The model is told about anything that takes longer than a minute, and decides.",
      changes: agent([
        '.run("get weather", () => fetchWeather(input.city))',
        `.run("get weather", () => fetchWeather(input.city))
              .orTimeout({ minutes: 1 })`,
      ]),
      caughtBy: { check: "weather-hangs", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "messages-in-the-module",
      belief: "The messages are made again for each run, so I can keep them anywhere.",
      changes: agent(
        ["export default restate", "let messages: ModelMessage[] = [];\n\nexport default restate"],
        ["const messages: ModelMessage[] = ", "messages = "],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /kept in a variable of the module/,
    },
    {
      id: "native-promise-all",
      belief: "Promise.all is how one waits for several promises.",
      changes: agent(["restate.RestatePromise.all(", "Promise.all("]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /waits for Restate's promises with JavaScript's own Promise/,
    },
    {
      id: "one-after-another",
      belief: "await keeps the order, and order is safe.",
      changes: agent(
        [
          outputs,
          `        const outputs: (string | object)[] = [];
        for (const { input } of calls) {
          const step = ctx.run("get weather", () => fetchWeather(input.city));
          outputs.push((await step.map((weather, failure) => weather ?? failure?.message)) ?? "");
        }
`,
        ],
        ['value: outputs[nth] ?? ""', 'value: JSON.stringify(outputs[nth] ?? "")'],
      ),
      caughtBy: { check: "side-by-side", mode: "normal" },
      cause: /One is awaited after the other, and a step starts only when/,
    },
    {
      id: "failure-ends-it",
      belief: "A tool that fails permanently ends the agent, as in chapter 07.",
      changes: agent([toValue, ""]),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /One failed call ends the whole run/,
    },
    {
      id: "failure-without-words",
      belief: "The model only has to know that there is nothing.",
      changes: agent(['{ error: failure?.message ?? "" }', '{ error: failure ? "failed" : "" }']),
      caughtBy: { check: "refused", mode: "normal" },
      cause: /its message was lost/,
    },
    {
      id: "every-error-told",
      belief: "Whatever goes wrong in a tool, the model is told.",
      changes: agent([
        `              .run("get weather", () => fetchWeather(input.city))
              .map((weather, failure) => weather ?? { error: failure?.message ?? "" })`,
        `              .run("get weather", () =>
                fetchWeather(input.city).catch((error) => ({ error: error.message })),
              )
              .map((weather) => weather ?? "")`,
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      cause: /The error is caught/,
    },
    {
      id: "words-end-the-loop",
      belief: "When the model says something, that is its answer.",
      changes: agent([
        'if (result.finishReason !== "tool-calls") return result.text;',
        'if (result.text !== "") return result.text;',
      ]),
      caughtBy: { check: "rounds", mode: "normal" },
      cause: /The loop was stopped before the model could answer/,
    },
    {
      id: "every-call-made",
      belief: "What the model asks for is done.",
      changes: agent([
        valid,
        "const calls = result.toolCalls as { toolCallId: string; toolName: string; input: { city: string } }[];",
      ]),
      caughtBy: { check: "wrong-calls", mode: "normal" },
      cause: /Your code answers an invalid call again/,
    },
    {
      id: "told-by-name",
      belief: "A call is mine if it has my tool's name.",
      changes: agent([
        valid,
        `const calls = result.toolCalls
          .filter(({ toolName }) => toolName === "getWeather")
          .map((call) => ({ ...call, input: call.input as { city: string } }));`,
      ]),
      caughtBy: { check: "wrong-calls", mode: "normal" },
      cause: /Your code answers an invalid call again/,
    },
    {
      id: "answer-left-out",
      belief: "The model only has to be told the results.",
      changes: agent(["        messages.push(...result.responseMessages);\n", ""]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /The model refuses the request/,
    },
    {
      id: "ends-with-wrong-calls",
      belief: "If there is no call to make, the model has said everything.",
      changes: agent([valid, `${valid}\n        if (calls.length === 0) return result.text;`]),
      caughtBy: { check: "wrong-calls", mode: "normal" },
      cause: /stopped before the model could answer/,
    },
    {
      id: "two-rounds",
      belief: "First the tools, then the answer: two rounds.",
      changes: agent([
        'if (result.finishReason !== "tool-calls")',
        'if (round > 1 || result.finishReason !== "tool-calls")',
      ]),
      caughtBy: { check: "rounds", mode: "normal" },
      cause: /The loop was stopped before the model could answer/,
    },
    {
      id: "no-cap",
      belief: "The model knows when it has enough.",
      changes: agent([cap, ""]),
      caughtBy: { check: "capped", mode: "normal" },
      cause: /Only the model ends the loop, or something resets/,
    },
    {
      id: "cap-as-a-plain-error",
      belief: "An error is an error: which class I throw does not matter.",
      changes: agent([cap, 'if (round > 10) throw new Error("No answer after ten rounds.");']),
      caughtBy: { check: "capped", mode: "normal" },
      cause: /throws an ordinary error, which Restate retries forever/,
    },
    {
      id: "cap-without-words",
      belief: "Ten rounds are enough: what I have then is the answer.",
      changes: agent([cap, 'if (round > 10) return "";']),
      caughtBy: { check: "capped", mode: "normal" },
      cause: /without saying why/,
    },
    {
      id: "one-call-more",
      belief: "Many are more than four.",
      changes: agent(["toolCalls.length > 3", "toolCalls.length > 4"]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The calls of a round are not counted, or/,
    },
    {
      id: "yes-taken-for-no",
      belief: "When the human has answered, I say so and stop.",
      changes: agent(["if (!(await approval.promise))", "if (await approval.promise)"]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /it treats a yes as a no/,
    },
    {
      id: "asks-and-goes-on",
      belief: "The human is told, and can step in.",
      changes: agent([decision, ""]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The calls are made without waiting for the answer/,
    },
    {
      id: "in-blocks-of-three",
      belief: "Three at once are parallel enough.",
      changes: agent(
        [
          outputs,
          `        const outputs: (string | object)[] = [];
        for (let first = 0; first < calls.length; first += 3) {
          const some = calls.slice(first, first + 3).map(({ input }) =>
            ctx
              .run("get weather", () => fetchWeather(input.city))${toValue},
          );
          outputs.push(...(await restate.RestatePromise.all(some)));
        }
`,
        ],
        ['value: outputs[nth] ?? ""', 'value: JSON.stringify(outputs[nth] ?? "")'],
      ),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /They are made in groups/,
    },
    {
      id: "approved-once",
      belief: "One yes is a yes for all.",
      changes: agent([
        "if (result.toolCalls.length > 3) {",
        "if (result.toolCalls.length > 3 && round === 1) {",
      ]),
      caughtBy: { check: "approved-each-time", mode: "normal" },
      cause: /The code remembers an earlier approval, or checks/,
    },
    {
      id: "cancelled-means-denied",
      belief: "Without an approval it is a no, whatever the reason.",
      changes: agent([
        "if (!(await approval.promise))",
        "if (!(await approval.promise.catch(() => false)))",
      ]),
      caughtBy: { check: "cancelled-in-approval", mode: "normal" },
      cause: /A CancelledError is not one/,
    },
    {
      id: "any-answer-is-a-yes",
      belief: "When the human has answered, it continues.",
      changes: agent([decision, "          await approval.promise;\n"]),
      caughtBy: { check: "denied", mode: "normal" },
      cause: /The answer is not used, or the model is told about it/,
    },
    {
      id: "denial-told-to-the-model",
      belief: "The model decides when it learns about the denial.",
      changes: agent([
        decision,
        `          if (!(await approval.promise)) {
            const output = { type: "text" as const, value: "denied" };
            messages.push({
              role: "tool",
              content: result.toolCalls.map(({ toolCallId, toolName }) => ({
                type: "tool-result",
                toolCallId,
                toolName,
                output,
              })),
            });
            continue;
          }
`,
      ]),
      caughtBy: { check: "denied", mode: "normal" },
      cause: /The answer is not used, or the model is told about it/,
    },
    {
      id: "all-in-one-step",
      belief: "One step around all calls keeps them all.",
      changes: agent([
        outputs,
        `        const outputs = await ctx.run("get weather", () =>
          Promise.all(
            calls.map(({ input }) =>
              fetchWeather(input.city).catch((error) => {
                if (error instanceof restate.TerminalError) return { error: error.message };
                throw error;
              }),
            ),
          ),
        );
`,
      ]),
      caughtBy: { check: "crash-among-them", mode: "normal" },
      cause: /One step makes all of the calls/,
    },
    {
      id: "cancellation-told",
      belief: "Whatever a round throws, the model is told, and decides.",
      changes: agent([
        outputs,
        inTry("return calls.map(() => ({ error: (error as Error).message }));"),
      ]),
      caughtBy: { check: "cancelled-in-a-round", mode: "normal" },
      cause: /told about the CancelledError, as a failure/,
    },
    {
      id: "model-not-durable",
      belief: "The loop is mine now, so the middleware has nothing to do.",
      changes: agent([
        "middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),",
        "middleware: [],",
      ]),
      caughtBy: { check: "outage", mode: "normal" },
      alsoFails: ["crash-in-approval"],
      cause: /Nothing keeps what the model answers/,
    },
    sampledEachThirdTime("manual-loop-agent.ts", "const model = wrapLanguageModel({"),
    {
      id: "a-limit-on-the-request",
      belief: "Three attempts are enough to reach somebody.",
      changes: agent([
        "requestHumanReview(message, approval.id));",
        "requestHumanReview(message, approval.id), { maxRetryAttempts: 3 });",
      ]),
      caughtBy: { check: "review-down", mode: "normal" },
      cause: /The request is not sent in a step, its attempts are limited/,
    },
    triesOnce("manual-loop-agent.ts"),
  ],
  variants: [
    weatherInAHandler("manual-loop-agent.ts", "ManualLoopAgent", step, "input.city"),
    {
      id: "settled",
      how: "allSettled, with the failures read from it",
      changes: agent([
        outputs,
        `        const settled = await restate.RestatePromise.allSettled(
          calls.map(({ input }) => ctx.run(input.city, () => fetchWeather(input.city))),
        );
        const outputs = settled.map((each) =>
          each.status === "fulfilled" ? each.value : { error: String(each.reason) },
        );
`,
      ]),
    },
    {
      id: "cancellation-answered",
      how: "a cancelled run that ends with an answer",
      changes: agent(
        [
          outputs,
          inTry(`if (!(error instanceof restate.CancelledError)) throw error;
          return undefined;`).concat('        if (outputs === undefined) return "Cancelled.";\n'),
        ],
        [
          decision,
          `          const approved = await approval.promise.catch((error) => {
            if (!(error instanceof restate.CancelledError)) throw error;
            return undefined;
          });
          if (approved === undefined) return "Cancelled before an approval had come.";
          if (!approved) return "The calls of the weather API were denied.";
`,
        ],
      ),
    },
    {
      id: "a-message-for-each",
      how: "each result in a message of its own",
      changes: agent([
        results,
        `        for (const [nth, { toolCallId, toolName }] of calls.entries()) {
          const output = { type: "json" as const, value: outputs[nth] ?? "" };
          messages.push({
            role: "tool",
            content: [{ type: "tool-result", toolCallId, toolName, output }],
          });
        }
`,
      ]),
    },
    {
      id: "last-round-without-calls",
      how: "the limit checked after the model has answered",
      changes: agent(
        [cap, ""],
        [
          'if (result.finishReason !== "tool-calls") return result.text;',
          `if (result.finishReason !== "tool-calls") return result.text;
        if (round === 10) throw new restate.TerminalError("Ten rounds are over.");`,
        ],
      ),
    },
  ],
};
