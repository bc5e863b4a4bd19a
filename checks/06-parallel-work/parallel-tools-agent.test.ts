import { suite } from "../stage/suite.ts";
import { fanChecks } from "./branches.ts";

const { decides, overlap, oneFails, crash, anyOrder } = fanChecks({
  analyses: ["eligibility", "cost", "fraud"],
  isKept: async (invocation, finding) =>
    (await invocation.steps()).some(({ kept }) => kept?.result.includes(finding)),
  next: "Mend parallel-tools-agent.ts, then: npm run check 06 parallel-tools-agent",
});

suite("06", "parallel-tools-agent", [decides, overlap, oneFails, crash, anyOrder]);
