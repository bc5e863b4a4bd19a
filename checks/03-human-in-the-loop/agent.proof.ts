import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const awakeable = "const approval = ctx.awakeable<boolean>();";
const request = `await ctx.run("request review", () => requestHumanReview(message, approval.id));`;
const wait = "return approval.promise;";
const imports = "import { requestHumanReview } from";

const agent = (...replace: Change["replace"]): Change[] => [{ file: "agent.ts", replace }];

export const proof: Proof = {
  stubFails: [
    "crash-after-request",
    "crash-while-waiting",
    "asked-once",
    "suspended-while-waiting",
    "server-restart-while-waiting",
    "both-down-while-waiting",
  ],
  mistakes: [
    {
      id: "the-sdks-own-approval",
      belief: "The AI SDK has an option for approvals.",
      changes: agent([
        "            inputSchema: InsuranceClaimSchema,\n",
        "            inputSchema: InsuranceClaimSchema,\n            needsApproval: true,\n",
      ]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The AI SDK's own approval \(agent\.ts:\d+:\d+\) ends the loop/,
    },
    {
      id: "nothing-without-a-human",
      belief: "If no human was asked, nothing is decided.",
      changes: agent(
        ["const { text } = await generateText", "const { text, steps } = await generateText"],
        ["return text;", 'return steps.length > 1 ? text : "Nobody was asked.";'],
      ),
      caughtBy: { check: "under-threshold", mode: "normal" },
      cause: /The answer is not what the model said/,
    },
    {
      id: "request-not-awaited",
      belief: "I wait for the answer, so I do not have to await the request.",
      changes: agent([request, request.replace("await ", "")]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The step at agent\.ts:\d+:\d+ is never awaited, so it never runs/,
    },
    {
      id: "three-tries-to-ask",
      belief: "If the reviewer cannot be reached in three attempts, the agent says so.",
      changes: agent([
        request,
        request.replace("approval.id));", "approval.id), { maxRetryAttempts: 3 });"),
      ]),
      caughtBy: { check: "review-down", mode: "normal" },
      cause: /The request is not sent in a step, its attempts are limited/,
    },
    {
      id: "five-minutes-to-answer",
      belief: "If nobody has answered in five minutes, nobody is there.",
      changes: agent([wait, "return approval.promise.orTimeout({ minutes: 5 });"]),
      caughtBy: { check: "waits-a-day", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "reminded-under-a-new-id",
      belief: "After an hour I send the request again, in case nobody saw it.",
      changes: agent([
        `const message = \`Please review: \${JSON.stringify(claim)}\`;`,
        `const message = \`Please review: \${JSON.stringify(claim)}\`;
              for (let reminders = 0; reminders < 3; reminders++) {
                const reminder = ctx.awakeable<boolean>();
                await ctx.run("remind", () => requestHumanReview(message, reminder.id));
                try {
                  return await reminder.promise.orTimeout({ hours: 1 });
                } catch (error) {
                  if (!(error instanceof restate.TimeoutError)) throw error;
                }
              }`,
      ]),
      caughtBy: { check: "waits-a-day", mode: "normal" },
      cause: /Your code asks more than once for one claim/,
    },
    contextInTheModule(
      "agent.ts",
      "const model = wrapLanguageModel({",
      "ctx.awakeable<boolean>()",
      'ctx.run("request review"',
    ),
    {
      id: "does-not-wait",
      belief: "Once the request is sent, the reviewer does the rest.",
      changes: agent([wait, "return true;"]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The tool does not wait for the answer to the request that/,
    },
    {
      id: "asks-about-everything",
      belief: "It is safer if a human looks at every claim.",
      changes: agent(["more than 1000, ask", "more than 10, ask"]),
      caughtBy: { check: "under-threshold", mode: "normal" },
      cause: /The rules were changed, or the request is made outside/,
    },
    {
      id: "any-answer-is-a-yes",
      belief: "When the promise resolves, the claim is approved.",
      changes: agent([wait, "await approval.promise;\n              return true;"]),
      caughtBy: { check: "denied", mode: "normal" },
      cause: /The tool did not give the model the reviewer's answer/,
    },
    {
      id: "request-in-the-background",
      belief: "The request can be sent while my code continues; no need to wait for it.",
      changes: agent([
        request,
        `await ctx.run("request review", () => {
                requestHumanReview(message, approval.id).catch(console.error);
              });`,
      ]),
      caughtBy: { check: "crash-before-request", mode: "normal" },
      cause: /Inside a step, agent\.ts:\d+:\d+ is not awaited/,
    },
    {
      id: "new-id-for-each-attempt",
      belief: "A random id is unique, so I can wait for the answer under it.",
      changes: agent(
        [awakeable, "const id = `claim-${Math.random()}`;"],
        [
          `() => requestHumanReview(message, approval.id)`,
          "async () => requestHumanReview(message, id)",
        ],
        [
          wait,
          `for (;;) {
                const approved = await reviewAnswer(id);
                if (approved !== undefined) return approved;
                await new Promise((resolve) => setTimeout(resolve, 100));
              }`,
        ],
        [imports, "import { requestHumanReview, reviewAnswer } from"],
      ),
      caughtBy: { check: "crash-after-request", mode: "normal" },
      alsoFails: ["server-restart-while-waiting", "both-down-while-waiting"],
      cause: /A new id is made each time your code runs/,
    },
    {
      id: "pending-in-a-map",
      belief: "I keep the pending requests in a Map, and look the answer up there.",
      changes: agent(
        [awakeable, "const id = ctx.rand.uuidv4();"],
        [
          request,
          `await ctx.run("request review", async () => {
                await requestHumanReview(message, id);
                pending.set(id, untilAnswered(id));
              });`,
        ],
        [wait, "return (await pending.get(id)) ?? false;"],
        [imports, "import { requestHumanReview, reviewAnswer } from"],
        [
          "export default restate",
          `const pending = new Map<string, Promise<boolean>>();

async function untilAnswered(id: string): Promise<boolean> {
  for (;;) {
    const approved = await reviewAnswer(id);
    if (approved !== undefined) return approved;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export default restate`,
        ],
      ),
      caughtBy: { check: "crash-while-waiting", mode: "normal" },
      cause: /The tool did not give the model the reviewer's/,
    },
    {
      id: "request-outside-a-step",
      belief: "The id stays the same, so asking twice does no harm.",
      changes: agent([request, "await requestHumanReview(message, approval.id);"]),
      caughtBy: { check: "review-down", mode: "normal" },
      alsoFails: ["asked-once"],
      cause: /is not sent in a step/,
    },
    {
      id: "polling-with-durable-sleep",
      belief: "Polling is fine as long as every step is in the journal.",
      changes: agent(
        [awakeable, "const id = ctx.rand.uuidv4();"],
        [
          `() => requestHumanReview(message, approval.id)`,
          "async () => requestHumanReview(message, id)",
        ],
        [
          wait,
          `for (;;) {
                const approved = await ctx.run("look", async () => (await reviewAnswer(id)) ?? null);
                if (approved !== null) return approved;
                await ctx.sleep(100);
              }`,
        ],
        [imports, "import { requestHumanReview, reviewAnswer } from"],
      ),
      caughtBy: { check: "suspended-while-waiting", mode: "always-replay" },
      cause: /Your code keeps asking, although Restate could/,
    },
    {
      id: "waits-inside-the-step",
      belief: "One step for the request and its answer keeps both.",
      changes: agent(
        [awakeable, "const id = ctx.rand.uuidv4();"],
        [
          request,
          `return ctx.run("review", async () => {
                await requestHumanReview(message, id);
                for (;;) {
                  const approved = await reviewAnswer(id);
                  if (approved !== undefined) return approved;
                  await new Promise((resolve) => setTimeout(resolve, 100));
                }
              });`,
        ],
        [wait, ""],
        [imports, "import { requestHumanReview, reviewAnswer } from"],
      ),
      caughtBy: { check: "suspended-while-waiting", mode: "always-replay" },
      cause: /Your code keeps asking/,
    },
    sampledEachThirdTime("agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("agent.ts"),
  ],
  variants: [
    {
      id: "helper-function",
      how: "the request and the wait in a function, with another step name",
      changes: agent(
        [awakeable, ""],
        [request, ""],
        [wait, "return humanDecides(ctx, message);"],
        [
          "export default restate",
          `async function humanDecides(ctx: restate.Context, message: string): Promise<boolean> {
  const { id, promise } = ctx.awakeable<boolean>();
  await ctx.run(\`ask about \${message.length}\`, () => requestHumanReview(message, id));
  return promise;
}

export default restate`,
        ],
      ),
    },
    {
      id: "answer-as-an-object",
      how: "the reviewer's answer together with its claim",
      changes: agent(
        [wait, "return { approved: await approval.promise, claim };"],
        ["Promise<boolean> => {", "Promise<unknown> => {"],
      ),
    },
    {
      id: "request-beside-the-wait",
      how: "request and answer awaited together",
      changes: agent(
        [
          request,
          `const [approved] = await restate.RestatePromise.all([
                approval.promise,
                ctx.run("request review", () => requestHumanReview(message, approval.id)),
              ]);`,
        ],
        [wait, "return approved;"],
      ),
    },
    {
      id: "a-week-at-most",
      how: "a timeout that a right answer never reaches",
      changes: agent([wait, "return approval.promise.orTimeout({ days: 7 });"]),
    },
  ],
};
