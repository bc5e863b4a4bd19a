import {
  expectCalled,
  expectCalledEnded,
  expectCancelled,
  expectOneAttempt,
} from "../shared/called.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import {
  amountOverThreshold,
  answer,
  expectDecision,
  expectModelCalls,
  outlastsReviewSystem,
  processClaim,
  untilRequested,
  untilWaiting,
  waitsForReviewer,
} from "../shared/claims.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { expectOneRequest } from "../shared/reviews.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { killAfter } from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import { scenario } from "./sub-workflow-agent.scenario.ts";

const next = "Fix sub-workflow-agent.ts, then: npm run check 05 sub-workflow-agent";

const approved: Check = {
  id: "approved",
  title: "approves what the human approves",
  modes: ["normal"],
  run: async (stage) => {
    await expectAnswerHeard(stage, "With nothing broken", true);
  },
};

const denied: Check = {
  id: "denied",
  title: "denies what the human denies",
  modes: ["normal"],
  run: async (stage) => {
    await expectAnswerHeard(stage, "With nothing broken", false);
  },
};

const ownInvocation: Check = {
  id: "own-invocation",
  title: "calls the approval as an invocation",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await expectAnswerHeard(stage, "With nothing broken", true);
    await expectCalled(invocation, ["HumanApprovalWorkflow"], "With nothing broken", next);
  },
};

const agentDiesAlone: Check = {
  id: "agent-dies-alone",
  title: "killed while the approval waits, asks only once",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const when = "Killed while the approval waited for the human";
    const invocation = await expectAnswerHeard(stage, when, true, () => stage.agents.kill());
    await expectCalled(invocation, ["HumanApprovalWorkflow"], when, next);
    expectModelCalls(stage, 2, when, next);
  },
};

const childDiesAlone: Check = {
  id: "child-dies-alone",
  title: "does not run again when the approval is killed",
  modes: ["normal"],
  kills: "child",
  run: async (stage) => {
    stage.inject(killAfter("review", 1));
    const when = "When the process that had asked the human was killed";
    const invocation = await expectAnswerHeard(stage, when, true);
    expectOneAttempt(invocation, when, next);
  },
};

const cancelled: Check = {
  id: "cancelled",
  title: "if cancelled, stops the approval",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await processClaim(stage, amountOverThreshold(stage.choices()));
    await untilRequested(stage, invocation, next);
    await untilWaiting(stage, invocation, next);
    await invocation.cancel();
    const when = "Cancelled while the approval waited for the human";
    expectCancelled(await invocation.outcome(), when, next);
    await expectCalledEnded(invocation, next);
  },
};

suite("05", "sub-workflow-agent", [
  approved,
  twoAtOnce(scenario, next),
  denied,
  outlastsReviewSystem(next),
  waitsForReviewer(next),
  ownInvocation,
  cancelled,
  agentDiesAlone,
  childDiesAlone,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

/** Takes a claim from the request to the decision. `breakIt` runs while the approval waits for the human. */
async function expectAnswerHeard(
  stage: Stage,
  when: string,
  approves: boolean,
  breakIt?: () => void,
): Promise<Invocation> {
  const amount = amountOverThreshold(stage.choices());
  const invocation = await processClaim(stage, amount);
  const id = await untilRequested(stage, invocation, next);
  await untilWaiting(stage, invocation, next);
  breakIt?.();
  const outcome = await answer(stage, invocation, id, approves);
  expectOneRequest(stage, when, next);
  const decision = approves
    ? ({ amount, is: "approved" } as const)
    : ({ amount, is: "denied" } as const);
  expectDecision(outcome, decision, when, next);
  return invocation;
}
