import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
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
import { expectOneRequest, pollsOf, untilQuiet } from "../shared/reviews.ts";
import { untilCalm } from "../shared/side-by-side.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { holdAt, killAfter } from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";
import { scenario } from "./agent.scenario.ts";

const next = "Fix agent.ts, then: npm run check 03 agent";

const approved: Check = {
  id: "approved",
  title: "asks a human, who runs the printed command",
  modes: ["normal"],
  run: async (stage) => {
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    await untilWaiting(stage, invocation, next);
    await runPrintedCommand(stage);
    // A second answer changes nothing.
    await stage.answerReview(id, false);
    const outcome = await invocation.outcome();
    expectDecision(
      outcome,
      { amount, is: "approved" },
      "When the human had approved the claim",
      next,
    );
  },
};

const underThreshold: Check = {
  id: "under-threshold",
  title: "decides a small claim without a human",
  modes: ["normal"],
  run: async (stage) => {
    const amount = stage.choices().integer(50, 999);
    const invocation = await processClaim(stage, amount);
    const seen = await invocation.untilSeen(() => stage.calls("review")[0]);
    if (!("kind" in seen)) {
      throw new CheckFailed({
        did: `Given a claim of ${amount}, your agent asked a human.`,
        asks: "The rules in the instructions leave claims under 1000 to the agent.",
        cause: "The rules were changed, or the request is made outside the tool.",
        next,
      });
    }
    const text = seen.kind === "answered" ? String(seen.answer) : "";
    if (text.includes(`claim of ${amount} is approved`)) return;
    throw new CheckFailed({
      did: `Given a claim of ${amount}, your agent ${tellOutcome(seen)}`,
      asks: `The model approves a claim of ${amount} itself, and its decision is the answer.`,
      cause: causeOf(seen) ?? "The answer is not what the model said.",
      next,
    });
  },
};

const denied: Check = {
  id: "denied",
  title: "tells the model that the human said no",
  modes: ["normal"],
  run: async (stage) => {
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    const outcome = await answer(stage, invocation, id, false);
    expectDecision(outcome, { amount, is: "denied" }, "When the human had denied the claim", next);
  },
};

const crashBeforeRequest: Check = {
  id: "crash-before-request",
  title: "killed while it asks, asks again",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const held = stage.inject(holdAt("review", 1));
    const claim = await makeClaim(stage);
    await claim.invocation.untilSeen(() => stage.calls("review")[0]);
    // By then, a step that does not await its request has ended.
    await untilQuiet(stage, claim.invocation);
    stage.agents.kill();
    await claim.invocation.untilSeen(() =>
      stage.calls("review").find(({ outcome }) => outcome === "cut"),
    );
    held.lift();
    await expectApproval(stage, claim, "Killed before its request reached the reviewer");
  },
};

const crashAfterRequest: Check = {
  id: "crash-after-request",
  title: "killed after it asked, does not ask again",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    stage.inject(killAfter("review", 1));
    const claim = await makeClaim(stage);
    await expectApproval(stage, claim, "Killed when its request had reached the reviewer");
  },
};

const crashWhileWaiting: Check = {
  id: "crash-while-waiting",
  title: "killed while it waits, gets the answer",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const claim = await makeClaim(stage);
    await expectApproval(stage, claim, "Killed while it waited for the reviewer", async () => {
      stage.agents.kill();
    });
  },
};

const serverRestart: Check = {
  id: "server-restart-while-waiting",
  title: "gets the answer after the server was killed",
  modes: ["normal"],
  killsServer: true,
  run: async (stage) => {
    const when = "When the Restate server was killed during the wait for the reviewer";
    await expectApproval(stage, await makeClaim(stage), when, () => stage.killServer());
  },
};

const bothDown: Check = {
  id: "both-down-while-waiting",
  title: "gets the answer after agent and server were killed",
  modes: ["normal"],
  kills: "agent",
  killsServer: true,
  run: async (stage) => {
    const when =
      "When the agent and the Restate server were killed during the wait for the reviewer";
    await expectApproval(stage, await makeClaim(stage), when, () => {
      stage.agents.kill();
      return stage.killServer();
    });
  },
};

const askedOnce: Check = {
  id: "asked-once",
  title: "sends one request, no matter how many replays",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    await expectApproval(stage, await makeClaim(stage), "With nothing broken");
    const sent = stage.calls("review").filter(({ subject }) => subject === "").length;
    if (sent > 1) {
      throw new CheckFailed({
        did: `With nothing broken, your agent sent its request ${sent} times.`,
        asks: "A request that was sent is in the journal, and a replay does not send it again.",
        cause: "The request is not sent in a step.",
        next,
      });
    }
  },
};

const suspended: Check = {
  id: "suspended-while-waiting",
  title: "is suspended while it waits",
  modes: ["always-replay"],
  run: async (stage) => {
    const invocation = await processClaim(stage, amountOverThreshold(stage.choices()));
    const id = await untilRequested(stage, invocation, next);
    const seen = await untilWaiting(stage, invocation, next);
    // A cluster that has lost a node is slow to suspend an invocation.
    const isSlow = seen.status === "running" && pollsOf(stage, invocation) === 0;
    const row = isSlow ? await untilCalm(stage, invocation) : seen;
    const status = "kind" in row ? "over" : row.status;
    if (status !== "suspended" || pollsOf(stage, invocation) > 0) {
      throw new CheckFailed({
        did: `While the human was thinking, your agent's invocation was ${status}, and it had asked ${pollsOf(stage, invocation)} times for an answer.`,
        asks: "An invocation that waits is suspended: no process runs it until the answer comes.",
        cause: "Your code keeps asking, although Restate could notify it.",
        next,
      });
    }
    await answer(stage, invocation, id, true);
  },
};

suite("03", "agent", [
  approved,
  twoAtOnce(scenario, next),
  underThreshold,
  denied,
  crashBeforeRequest,
  outlastsReviewSystem(next),
  waitsForReviewer(next),
  crashAfterRequest,
  crashWhileWaiting,
  askedOnce,
  suspended,
  serverRestart,
  bothDown,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

interface Claim {
  amount: number;
  invocation: Invocation;
}

async function makeClaim(stage: Stage): Promise<Claim> {
  const amount = amountOverThreshold(stage.choices());
  return { amount, invocation: await processClaim(stage, amount) };
}

/** Takes a claim from the request to the approval. `breakIt` runs while the agent waits for the human. */
async function expectApproval(
  stage: Stage,
  { amount, invocation }: Claim,
  when: string,
  breakIt?: () => Promise<void>,
): Promise<void> {
  const id = await untilRequested(stage, invocation, next);
  if (breakIt) {
    await untilWaiting(stage, invocation, next);
    await breakIt();
  }
  const outcome = await answer(stage, invocation, id, true);
  expectOneRequest(stage, when, next);
  expectDecision(outcome, { amount, is: "approved" }, when, next);
  expectModelCalls(stage, 2, when, next);
}

/** Does what a person does who copies the command from the agent's log and runs it. */
async function runPrintedCommand(stage: Stage): Promise<void> {
  const [, url, body] = await waitFor("the command that approves it", 5000, async () => {
    return stage.log.match(/curl (\S+) --json '(.*)'/) ?? undefined;
  });
  await fetch(`http://${url}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
}
