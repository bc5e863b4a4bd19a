import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { oneAtATime } from "../shared/kept-in-the-module.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const calls = `[
        ctx.serviceClient(eligibilityAgent).run(claim),
        ctx.serviceClient(rateComparisonAgent).run(claim),
        ctx.serviceClient(fraudCheckAgent).run(claim),
      ]`;
const names = "const [eligibility, rateComparison, fraudCheck] =";
const whole = `${names} await restate.RestatePromise.all(${calls});`;

const agent = (...replace: Change["replace"]): Change[] => [
  { file: "parallel-agents.ts", replace },
];

export const proof: Proof = {
  stubFails: ["overlap", "one-fails", "crash-among-them", "any-order"],
  mistakes: [
    {
      id: "async-functions-together",
      belief: "An async function returns a promise, and RestatePromise.all takes promises.",
      changes: agent([
        "ctx.serviceClient(eligibilityAgent).run(claim),",
        `(async () =>
          ctx.serviceClient(eligibilityAgent).run(claim))() as unknown as restate.RestatePromise<string>,`,
      ]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /gets the result of an async function/,
    },
    {
      id: "unknown-where-it-fails",
      belief: "If a specialist fails, the model decides without it.",
      changes: agent([`${calls});`, `${calls}).catch(() => ["unknown", "unknown", "unknown"]);`]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    {
      id: "in-another-order",
      belief: "I take the results as they are needed below.",
      changes: agent([names, "const [rateComparison, eligibility, fraudCheck] ="]),
      caughtBy: { check: "any-order", mode: "normal" },
      cause: /The results are not read in the order in which the work/,
    },
    oneAtATime("parallel-agents.ts", "      // TODO", "return text;"),
    {
      id: "settled-not-read",
      belief: "allSettled returns the values, as all does, and never throws.",
      changes: agent(["RestatePromise.all(", "RestatePromise.allSettled("]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /something else is used instead, or the agent did not/,
    },
    {
      id: "one-after-another",
      belief: "A specialist is quick; no need to start them together.",
      changes: agent([
        whole,
        `const eligibility = await ctx.serviceClient(eligibilityAgent).run(claim);
      const rateComparison = await ctx.serviceClient(rateComparisonAgent).run(claim);
      const fraudCheck = await ctx.serviceClient(fraudCheckAgent).run(claim);`,
      ]),
      caughtBy: { check: "overlap", mode: "normal" },
      cause: /One is awaited after the other, and a step starts only when/,
    },
    {
      id: "fetched-in-one-step",
      belief: "Services have HTTP addresses, and fetch can be awaited together.",
      changes: agent([
        whole,
        `${names} await ctx.run("specialists", () =>
        Promise.all(
          ["EligibilityAgent", "RateComparisonAgent", "FraudCheckAgent"].map(async (name) => {
            const response = await fetch(\`\${process.env.RESTATE_INGRESS_URL}/\${name}/run\`, {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify(claim),
            });
            return response.json();
          }),
        ),
      );`,
      ]),
      caughtBy: { check: "own-invocations", mode: "normal" },
      alsoFails: ["one-fails", "crash-among-them"],
      cause: /makes the call with fetch, and Restate does not know/,
    },
    {
      id: "native-promise-all",
      belief: "Promise.all is how one waits for several promises.",
      changes: agent(["restate.RestatePromise.all(", "Promise.all("]),
      caughtBy: { check: "decides", mode: "normal" },
      cause: /waits for Restate's promises with JavaScript's own Promise/,
    },
    {
      id: "in-finishing-order",
      belief: "I collect what the specialists say as it arrives.",
      changes: agent([
        whole,
        `const said: string[] = [];
      const note = (finding?: string) => said.push(finding ?? "");
      await restate.RestatePromise.all([
        ctx.serviceClient(eligibilityAgent).run(claim).map(note),
        ctx.serviceClient(rateComparisonAgent).run(claim).map(note),
        ctx.serviceClient(fraudCheckAgent).run(claim).map(note),
      ]);
      const [eligibility, rateComparison, fraudCheck] = said;`,
      ]),
      caughtBy: { check: "any-order", mode: "normal" },
      cause: /Findings are collected as they arrive, and no longer say/,
    },
    sampledEachThirdTime("parallel-agents.ts", "// TODO: let the three"),
    triesOnce("parallel-agents.ts"),
  ],
  variants: [
    {
      id: "begun-then-awaited",
      how: "all called before the first is awaited, without a combinator",
      changes: agent([
        whole,
        `const covers = ctx.serviceClient(eligibilityAgent).run(claim);
      const costs = ctx.serviceClient(rateComparisonAgent).run(claim);
      const suspects = ctx.serviceClient(fraudCheckAgent).run(claim);
      const eligibility = await covers;
      const rateComparison = await costs;
      const fraudCheck = await suspects;`,
      ]),
    },
    {
      id: "settled",
      how: "allSettled, with the values read",
      changes: agent([
        whole,
        `const settled = await restate.RestatePromise.allSettled(${calls});
      ${names} settled.map((each) =>
        each.status === "fulfilled" ? each.value : "unknown",
      );`,
      ]),
    },
    {
      id: "from-a-list",
      how: "the calls made from a list, in another order",
      changes: agent([
        whole,
        `const [fraudCheck, eligibility, rateComparison] = await restate.RestatePromise.all(
        [fraudCheckAgent, eligibilityAgent, rateComparisonAgent].map((specialist) =>
          ctx.serviceClient(specialist).run(claim),
        ),
      );`,
      ]),
    },
  ],
};
