import { type Check, suite } from "../stage/suite.ts";
import {
  expectDecision,
  expectOthersKeptInCrash,
  expectOthersKeptInOutage,
  expectOverlap,
  expectSameInAnyOrder,
  type Fan,
} from "./branches.ts";

const fan: Fan = {
  analyses: ["eligibility", "cost", "fraud"],
  isKept: async (invocation, finding) =>
    (await invocation.steps()).some(({ kept }) => kept?.result.includes(finding)),
  next: "Mend parallel-tools-agent.ts, then: npm run check 06 parallel-tools-agent",
};

const decides: Check = {
  id: "decides",
  title: "decides by what three analyses find, at once",
  modes: ["normal"],
  run: (stage) => expectDecision(stage, fan),
};

const overlap: Check = {
  id: "overlap",
  title: "has all three analyses at work together",
  modes: ["normal", "always-replay"],
  run: (stage) => expectOverlap(stage, fan),
};

const oneFails: Check = {
  id: "one-fails",
  title: "makes again only the analysis that failed",
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

suite("06", "parallel-tools-agent", [decides, overlap, oneFails, crash, anyOrder]);
