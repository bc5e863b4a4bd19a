import { expectCalled } from "../shared/called.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { chooseClaim } from "../shared/claims.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { fanChecks, keptByTheCalled } from "./branches.ts";
import { scenario } from "./parallel-agents.scenario.ts";

const next = "Fix parallel-agents.ts, then: npm run check 06 parallel-agents";
const specialists = ["EligibilityAgent", "RateComparisonAgent", "FraudCheckAgent"];

const ownInvocations: Check = {
  id: "own-invocations",
  title: "calls each specialist as an invocation",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await stage.invoke("run", chooseClaim(stage.choices()));
    await invocation.outcome();
    await expectCalled(invocation, specialists, "With nothing broken", next);
  },
};

const { decides, overlap, oneFails, crash, anyOrder, cancelled } = fanChecks({
  analyses: ["eligibility", "cost", "fraud"],
  isKept: keptByTheCalled,
  next,
});

suite("06", "parallel-agents", [
  decides,
  twoAtOnce(scenario, next),
  overlap,
  ownInvocations,
  oneFails,
  crash,
  anyOrder,
  cancelled,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);
