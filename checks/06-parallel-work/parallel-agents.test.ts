import { expectCalled } from "../called.ts";
import { chooseClaim } from "../claims.ts";
import { type Check, suite } from "../stage/suite.ts";
import {
  expectDecision,
  expectOthersKeptInCrash,
  expectOthersKeptInOutage,
  expectOverlap,
  expectSameInAnyOrder,
  type Fan,
} from "./branches.ts";

const specialists = ["EligibilityAgent", "RateComparisonAgent", "FraudCheckAgent"];
const fan: Fan = {
  analyses: ["eligibility", "cost", "fraud"],
  // A specialist keeps its finding in its own journal, and has then ended.
  isKept: async (invocation, finding) =>
    (await invocation.calledSteps()).some(({ kept }) => kept?.result.includes(finding)),
  next: "Mend parallel-agents.ts, then: npm run check 06 parallel-agents",
};

const decides: Check = {
  id: "decides",
  title: "decides by what three specialists say, at once",
  modes: ["normal"],
  run: (stage) => expectDecision(stage, fan),
};

const overlap: Check = {
  id: "overlap",
  title: "has all three specialists at work together",
  modes: ["normal", "always-replay"],
  run: (stage) => expectOverlap(stage, fan),
};

const ownInvocations: Check = {
  id: "own-invocations",
  title: "calls each specialist once, in its own invocation",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await stage.invoke("run", chooseClaim(stage));
    await invocation.outcome();
    await expectCalled(invocation, specialists, "With nothing broken", fan.next);
  },
};

const oneFails: Check = {
  id: "one-fails",
  title: "makes again only what failed",
  modes: ["normal", "always-replay"],
  run: (stage) => expectOthersKeptInOutage(stage, fan),
};

const crash: Check = {
  id: "crash-among-them",
  title: "killed with one to come, keeps the others",
  modes: ["normal"],
  kills: "agent",
  run: (stage) => expectOthersKeptInCrash(stage, fan),
};

const anyOrder: Check = {
  id: "any-order",
  title: "tells each finding as its own, in any order",
  modes: ["normal"],
  run: (stage) => expectSameInAnyOrder(stage, fan),
};

suite("06", "parallel-agents", [decides, overlap, ownInvocations, oneFails, crash, anyOrder]);
