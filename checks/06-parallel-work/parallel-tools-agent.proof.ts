import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { contextInTheModule } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const all = `restate.RestatePromise.all([
                ctx.run("eligibility", () => checkEligibility(claim)),
                ctx.run("cost", () => compareToStandardRates(claim)),
                ctx.run("fraud", () => checkFraud(claim)),
              ]),`;
const cost = 'ctx.run("cost", () => compareToStandardRates(claim)),';

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "parallel-tools-agent.ts", replace },
];

export const proof: Proof = {
  stubFails: ["overlap", "one-fails", "crash-among-them", "any-order"],
  mistakes: [
    {
      id: "cancellation-told-to-the-model",
      belief: "The model sees every error of a tool and decides what to do.",
      changes: agent(["            steps.forEach(rethrowTerminalToolError);\n", ""]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    {
      id: "named-in-another-order",
      belief: "I give the findings names, so that the model knows which is which.",
      changes: agent([
        all,
        all.replace(
          "]),",
          "]).map((found) => ({ fraud: found?.[0], cost: found?.[1], eligibility: found?.[2] })),",
        ),
      ]),
      caughtBy: { check: "any-order", mode: "normal" },
      cause: /The results are not read in the order in which the work/,
    },
    contextInTheModule(
      "parallel-tools-agent.ts",
      "const model = wrapLanguageModel({",
      'ctx.run("eligibility"',
      'ctx.run("cost"',
      'ctx.run("fraud"',
    ),
    {
      id: "one-left-out",
      belief: "Two analyses are enough for the model to decide.",
      changes: agent([cost, ""]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /something else is used instead, or the agent did not/,
    },
    {
      id: "settled-not-read",
      belief: "allSettled returns the values, as all does, and never throws.",
      changes: agent([
        all,
        `restate.RestatePromise.allSettled([
                ctx.run("eligibility", () => checkEligibility(claim)),
                ctx.run("cost", () => compareToStandardRates(claim)),
                ctx.run("fraud", () => checkFraud(claim)),
              ]).map((settled) => String(settled)),`,
      ]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /something else is used instead, or the agent did not/,
    },
    {
      id: "one-after-another",
      belief: "await keeps the order, and order is safe.",
      changes: agent([
        `async (claim: InsuranceClaim) =>
              ${all}`,
        `async (claim: InsuranceClaim) => {
              const eligibility = await ctx.run("eligibility", () => checkEligibility(claim));
              const cost = await ctx.run("cost", () => compareToStandardRates(claim));
              return [eligibility, cost, await ctx.run("fraud", () => checkFraud(claim))];
            },`,
      ]),
      caughtBy: { check: "overlap", mode: "normal" },
      cause: /One is awaited after the other, and a step starts only when/,
    },
    {
      id: "steps-awaited-later",
      belief: "A step starts where I write it, so I can await all of them later.",
      changes: agent([
        `async (claim: InsuranceClaim) =>
              ${all}`,
        `async (claim: InsuranceClaim) => {
              const eligibility = ctx.run("eligibility", () => checkEligibility(claim));
              const cost = ctx.run("cost", () => compareToStandardRates(claim));
              const fraud = ctx.run("fraud", () => checkFraud(claim));
              return { eligibility: await eligibility, cost: await cost, fraud: await fraud };
            },`,
      ]),
      caughtBy: { check: "overlap", mode: "normal" },
      cause: /One is awaited after the other, and a step starts only when/,
    },
    {
      id: "native-promise-all",
      belief: "Promise.all is how one waits for several promises.",
      changes: agent(["restate.RestatePromise.all(", "Promise.all("]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /waits for Restate's promises with JavaScript's own Promise/,
    },
    {
      id: "several-tools-at-once",
      belief: "The model can call three tools in one answer, and the SDK runs them together.",
      changes: agent(
        [
          `calculateMetrics: tool({
            description: "Calculate claim metrics.",
            inputSchema: InsuranceClaimSchema,
            // TODO: run the three analyses at the same time. A crash must not lose a result that has
            // arrived.
            execute: async (claim: InsuranceClaim) =>
              ${all}
          }),`,
          `analyzeEligibility: tool({
            inputSchema: InsuranceClaimSchema,
            execute: async (claim) => ctx.run("eligibility", () => checkEligibility(claim)),
          }),
          analyzeCost: tool({
            inputSchema: InsuranceClaimSchema,
            execute: async (claim) => ctx.run("cost", () => compareToStandardRates(claim)),
          }),
          analyzeFraud: tool({
            inputSchema: InsuranceClaimSchema,
            execute: async (claim) => ctx.run("fraud", () => checkFraud(claim)),
          }),`,
        ],
        ["parallelToolCalls: false", "parallelToolCalls: true"],
      ),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /or tools run side by side/,
    },
    {
      id: "all-in-one-step",
      belief: "One step around all three keeps all three.",
      changes: agent([
        all,
        `ctx.run("metrics", () =>
                Promise.all([
                  checkEligibility(claim),
                  compareToStandardRates(claim),
                  checkFraud(claim),
                ]),
              ),`,
      ]),
      caughtBy: { check: "one-fails", mode: "normal" },
      alsoFails: ["crash-among-them"],
      cause: /One step makes all of the calls/,
    },
    {
      id: "in-finishing-order",
      belief: "I collect the findings as they arrive.",
      changes: agent([
        `async (claim: InsuranceClaim) =>
              ${all}`,
        `async (claim: InsuranceClaim) => {
              const found: string[] = [];
              const collect = (finding?: string) => found.push(finding ?? "");
              await restate.RestatePromise.all([
                ctx.run("eligibility", () => checkEligibility(claim)).map(collect),
                ctx.run("cost", () => compareToStandardRates(claim)).map(collect),
                ctx.run("fraud", () => checkFraud(claim)).map(collect),
              ]);
              return found;
            },`,
      ]),
      caughtBy: { check: "any-order", mode: "normal" },
      cause: /Findings are collected as they arrive, and no longer say/,
    },
    sampledEachThirdTime("parallel-tools-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("parallel-tools-agent.ts"),
  ],
  variants: [
    {
      id: "settled",
      how: "allSettled, with the values read",
      changes: agent([
        all,
        `restate.RestatePromise.allSettled([
                ctx.run("eligibility", () => checkEligibility(claim)),
                ctx.run("cost", () => compareToStandardRates(claim)),
                ctx.run("fraud", () => checkFraud(claim)),
              ]).map((settled) =>
                settled?.map((each) => (each.status === "fulfilled" ? each.value : "unknown")),
              ),`,
      ]),
    },
    {
      id: "as-an-object",
      how: "findings by name, put together when all have arrived",
      changes: agent([
        all,
        `restate.RestatePromise.all([
                ctx.run("is it covered", () => checkEligibility(claim)),
                ctx.run("is it usual", () => compareToStandardRates(claim)),
                ctx.run("is it fraud", () => checkFraud(claim)),
              ]).map((found) => ({ eligibility: found?.[0], cost: found?.[1], fraud: found?.[2] })),`,
      ]),
    },
    {
      id: "from-a-list",
      how: "steps made from a list, in another order",
      changes: agent([
        all,
        `restate.RestatePromise.all(
                [checkFraud, compareToStandardRates, checkEligibility].map((check) =>
                  ctx.run(check.name, () => check(claim)),
                ),
              ),`,
      ]),
    },
  ],
};
