import { calm } from "../shared/calm.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { fanChecks } from "./branches.ts";
import { scenario } from "./parallel-tools-agent.scenario.ts";

const next = "Fix parallel-tools-agent.ts, then: npm run check 06 parallel-tools-agent";

const { decides, overlap, oneFails, crash, anyOrder, cancelled } = fanChecks({
  analyses: ["eligibility", "cost", "fraud"],
  isKept: async (invocation, finding) =>
    (await invocation.steps()).some(({ kept }) => kept?.result.includes(finding)),
  next,
});

suite("06", "parallel-tools-agent", [
  decides,
  twoAtOnce(scenario, next),
  overlap,
  oneFails,
  crash,
  anyOrder,
  cancelled,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);
