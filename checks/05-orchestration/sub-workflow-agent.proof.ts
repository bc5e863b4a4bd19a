import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const call = "ctx.serviceClient(humanApprovalWorkflow).requestApproval(claim),";
const execute = `execute: async (claim: InsuranceClaim) =>
              ${call}`;

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "sub-workflow-agent.ts", replace },
];

export const proof: Proof = {
  stubFails: ["own-invocation", "agent-dies-alone", "child-dies-alone"],
  mistakes: [
    {
      id: "nothing-to-run",
      belief: "The AI SDK calls the workflow by the tool's name.",
      changes: agent([execute, ""]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The tool at sub-workflow-agent\.ts:\d+:\d+ has no execute/,
    },
    {
      id: "an-hour-for-the-approval",
      belief: "What has not come in an hour does not come.",
      changes: agent([call, call.replace("(claim),", "(claim).orTimeout({ hours: 1 }),")]),
      caughtBy: { check: "waits-a-day", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "three-tries-to-ask",
      belief: "If the reviewer cannot be reached in three attempts, nobody is there.",
      changes: agent(["approval.id),\n  );", "approval.id),\n    { maxRetryAttempts: 3 },\n  );"]),
      caughtBy: { check: "review-down", mode: "normal" },
      cause: /The request is not sent in a step, its attempts are limited/,
    },
    contextInTheModule(
      "sub-workflow-agent.ts",
      "const model = wrapLanguageModel({",
      "ctx.serviceClient(humanApprovalWorkflow)",
    ),
    {
      id: "sent-and-forgotten",
      belief: "The workflow tells the agent when it is done.",
      changes: agent(["ctx.serviceClient(", "ctx.serviceSendClient("]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /The tool answers before requestHumanReview has reached the/,
    },
    {
      id: "client-inside-a-step",
      belief: "A call of another service is a side effect, so it belongs into a step.",
      changes: agent([
        execute,
        `execute: async (claim: InsuranceClaim) =>
              ctx.run("approval", () =>
                ctx.serviceClient(humanApprovalWorkflow).requestApproval(claim),
              ),`,
      ]),
      caughtBy: { check: "approved", mode: "normal" },
      cause: /Inside a step/,
    },
    {
      id: "any-answer-is-a-yes",
      belief: "When the workflow returns, the claim is approved.",
      changes: agent([
        execute,
        `execute: async (claim: InsuranceClaim) => {
              await ctx.serviceClient(humanApprovalWorkflow).requestApproval(claim);
              return true;
            },`,
      ]),
      caughtBy: { check: "denied", mode: "normal" },
      cause: /The tool did not give the model the reviewer's/,
    },
    {
      id: "handler-called-directly",
      belief: "The handler is a function, so I call it.",
      changes: agent([call, "requestApproval(ctx, claim),"]),
      caughtBy: { check: "own-invocation", mode: "normal" },
      alsoFails: ["child-dies-alone"],
      cause: /The work is done in the agent's own process, or bypasses/,
    },
    {
      id: "fetch-to-the-ingress",
      belief: "A service has an HTTP address, so I fetch it.",
      changes: agent([
        execute,
        `execute: async (claim: InsuranceClaim) => {
              const ingress = process.env.RESTATE_INGRESS_URL ?? "http://localhost:8080";
              const response = await fetch(\`\${ingress}/HumanApprovalWorkflow/requestApproval\`, {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify(claim),
              });
              return response.json();
            },`,
      ]),
      caughtBy: { check: "own-invocation", mode: "normal" },
      alsoFails: ["agent-dies-alone"],
      cause: /makes the call with fetch, and Restate does not know/,
    },
    {
      id: "sent-and-attached",
      belief: "Sending it and then waiting for its result is the same as calling it.",
      changes: agent([
        execute,
        `execute: async (claim: InsuranceClaim) => {
              const sent = ctx.serviceSendClient(humanApprovalWorkflow).requestApproval(claim);
              return ctx.attach(await sent.invocationId, restate.serde.json);
            },`,
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The agent ends without cancelling that invocation/,
    },
    {
      id: "every-error-is-a-no",
      belief: "If the approval fails, the claim is not approved.",
      changes: agent([
        execute,
        `execute: async (claim: InsuranceClaim) => {
              try {
                return await ctx.serviceClient(humanApprovalWorkflow).requestApproval(claim);
              } catch {
                return false;
              }
            },`,
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    sampledEachThirdTime("sub-workflow-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("sub-workflow-agent.ts"),
  ],
  variants: [
    {
      id: "client-by-name",
      how: "a client for a service that is known only by its name, as from another repo",
      changes: agent([
        call,
        `ctx
                .serviceClient<typeof humanApprovalWorkflow>({ name: "HumanApprovalWorkflow" })
                .requestApproval(claim),`,
      ]),
    },
    {
      id: "generic-call",
      how: "the call in its generic form",
      changes: agent([
        call,
        `ctx.genericCall({
                service: "HumanApprovalWorkflow",
                method: "requestApproval",
                parameter: claim,
                inputSerde: restate.serde.json,
                outputSerde: restate.serde.json,
              }),`,
      ]),
    },
    {
      id: "answer-as-an-object",
      how: "the answer together with its claim",
      changes: agent([
        execute,
        `execute: async (claim: InsuranceClaim) => {
              const client = ctx.serviceClient(humanApprovalWorkflow);
              return { approved: await client.requestApproval(claim), claim };
            },`,
      ]),
    },
  ],
};
