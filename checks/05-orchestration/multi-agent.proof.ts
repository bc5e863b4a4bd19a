import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const eligibility = `execute: async (claim: InsuranceClaim) =>
              ctx.serviceClient(eligibilityAgent).run(claim),`;
const fraud = "ctx.serviceClient(fraudCheckAgent).run(claim),";
const imports = "import { eligibilityAgent, fraudCheckAgent } from";

const agent = (...replace: Change["replace"]): Change[] => [{ file: "multi-agent.ts", replace }];

export const proof: Proof = {
  stubFails: ["own-invocations", "agent-dies-alone", "specialist-dies-alone", "specialist-down"],
  mistakes: [
    {
      id: "specialists-mixed-up",
      belief: "I copied the one tool to write the other.",
      changes: agent(
        [eligibility, eligibility.replace("eligibilityAgent", "specialist")],
        [fraud, fraud.replace("fraudCheckAgent", "eligibilityAgent")],
        ["ctx.serviceClient(specialist)", "ctx.serviceClient(fraudCheckAgent)"],
      ),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /The results are not read in the order in which the work/,
    },
    {
      id: "client-without-a-call",
      belief: "The client of the specialist is the call of it.",
      changes: agent([
        "ctx.serviceClient(fraudCheckAgent).run(claim),",
        "ctx.serviceClient(fraudCheckAgent),",
      ]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /A tool's code throws an error, and the model got it as the tool's answer: TypeError/,
    },
    {
      id: "a-minute-for-a-specialist",
      belief: "A specialist that takes longer than a minute is not there.",
      changes: agent([fraud, fraud.replace("(claim),", "(claim).orTimeout({ minutes: 1 }),")]),
      caughtBy: { check: "specialist-down", mode: "normal" },
      cause: /A timeout ends the wait/,
    },
    {
      id: "findings-in-the-module",
      belief: "I collect the findings in a list, which I empty when a claim comes.",
      changes: agent(
        ["export default restate", "const findings: string[] = [];\n\nexport default restate"],
        ["const model = wrap", "findings.length = 0;\n      const model = wrap"],
        [
          "ctx.serviceClient(fraudCheckAgent).run(claim),",
          `{
              const finding = await ctx.serviceClient(fraudCheckAgent).run(claim);
              findings.push(finding);
              return finding;
            },`,
        ],
        ["return text;", 'return [text, ...findings].join("\\n");'],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /kept in a variable of the module/,
    },
    {
      id: "sent-and-forgotten",
      belief: "The specialists report to the model when they are done.",
      changes: agent([
        "ctx.serviceClient(eligibilityAgent)",
        "ctx.serviceSendClient(eligibilityAgent)",
      ]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /something else is used instead, or the agent did not/,
    },
    {
      id: "client-inside-a-step",
      belief: "What must be kept goes into a step.",
      changes: agent([
        eligibility,
        `execute: async (claim: InsuranceClaim) =>
              ctx.run("eligibility", () => ctx.serviceClient(eligibilityAgent).run(claim)),`,
      ]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /Inside a step/,
    },
    {
      id: "specialists-in-process",
      belief: "They are our own functions, so a client is a detour.",
      changes: agent(
        [eligibility, "execute: async (claim: InsuranceClaim) => assessEligibility(ctx, claim),"],
        [fraud, "assessFraud(ctx, claim),"],
        [imports, "import { assessEligibility, assessFraud } from"],
      ),
      caughtBy: { check: "own-invocations", mode: "normal" },
      alsoFails: ["specialist-dies-alone", "specialist-down"],
      cause: /The work is done in the agent's own process, or bypasses/,
    },
    {
      id: "fetch-to-the-ingress",
      belief: "A service has an HTTP address, so I fetch it.",
      changes: agent([
        eligibility,
        `execute: async (claim: InsuranceClaim) => {
              const ingress = process.env.RESTATE_INGRESS_URL ?? "http://localhost:8080";
              const response = await fetch(\`\${ingress}/EligibilityAgent/run\`, {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify(claim),
              });
              return response.json();
            },`,
      ]),
      caughtBy: { check: "own-invocations", mode: "normal" },
      cause: /makes the call with fetch, and Restate does not know/,
    },
    {
      id: "model-not-durable",
      belief: "The specialists are durable, so the agent does not have to be.",
      changes: agent([
        `wrapLanguageModel({
        model: openai("gpt-4o"),
        middleware: durableCalls(ctx, { maxRetryAttempts: 3 }),
      });`,
        'openai("gpt-4o");',
      ]),
      caughtBy: { check: "agent-dies-alone", mode: "normal" },
      cause: /Nothing keeps what the model answers/,
    },
    {
      id: "error-taken-for-no-objection",
      belief: "If a specialist fails, it has found nothing against the claim.",
      changes: agent(
        [
          eligibility,
          `execute: async (claim: InsuranceClaim) => {
              try {
                return await ctx.serviceClient(eligibilityAgent).run(claim);
              } catch {
                return "No objection.";
              }
            },`,
        ],
        [
          `execute: async (claim: InsuranceClaim) => ${fraud}`,
          `execute: async (claim: InsuranceClaim) => {
              try {
                return await ctx.serviceClient(fraudCheckAgent).run(claim);
              } catch {
                return "No objection.";
              }
            },`,
        ],
      ),
      caughtBy: { check: "specialist-refuses", mode: "normal" },
      cause: /The error is caught, and something else is returned instead/,
    },
    {
      id: "sent-and-attached",
      belief: "Sending it and then waiting for its result is the same as calling it.",
      changes: agent([
        eligibility,
        `execute: async (claim: InsuranceClaim) => {
              const sent = ctx.serviceSendClient(eligibilityAgent).run(claim);
              return ctx.attach(await sent.invocationId, restate.serde.json);
            },`,
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The agent ends without cancelling that invocation/,
    },
    sampledEachThirdTime("multi-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("multi-agent.ts"),
  ],
  variants: [
    {
      id: "told-to-the-model",
      how: "the model is told about a specialist's error and continues",
      changes: agent([
        "steps.forEach(rethrowTerminalToolError);",
        `const errors = steps.flatMap(({ content }) =>
              content.flatMap((part) => (part.type === "tool-error" ? [part.error] : [])),
            );
            const cancelled = errors.find((error) => error instanceof restate.CancelledError);
            if (cancelled !== undefined) throw cancelled;`,
      ]),
    },
    {
      id: "clients-kept",
      how: "the clients made once, before the tools",
      changes: agent(
        [
          "const { text } = await generateText({",
          `const covers = (claim: InsuranceClaim) => ctx.serviceClient(eligibilityAgent).run(claim);
      const suspects = (claim: InsuranceClaim) => ctx.serviceClient(fraudCheckAgent).run(claim);

      const { text } = await generateText({`,
        ],
        [eligibility, "execute: covers,"],
        [`execute: async (claim: InsuranceClaim) => ${fraud}`, "execute: suspects,"],
      ),
    },
    {
      id: "findings-as-objects",
      how: "what a specialist said, with who said it",
      changes: agent([
        eligibility,
        `execute: async (claim: InsuranceClaim) => ({
              from: "eligibility",
              says: await ctx.serviceClient(eligibilityAgent).run(claim),
            }),`,
      ]),
    },
  ],
};
