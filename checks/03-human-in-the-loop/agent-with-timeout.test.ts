import { setTimeout as pause } from "node:timers/promises";
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
} from "../shared/claims.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { untilQuiet } from "../shared/reviews.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { holdAt } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Timer } from "../stage/restate/journal.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";
import { scenario } from "./agent-with-timeout.scenario.ts";

const next = "Fix agent-with-timeout.ts, then: npm run check 03 agent-with-timeout";
const minutes = 180;
const threeHours = minutes * 60_000;
// Milliseconds left of the three hours: to see the wait expire, and to crash before it expires.
const left = 700;
const leftForCrash = 2000;
const leftForReading = 5 * 60 * 1000;
const reason = "Approval timed out - Evaluate with AI";

const answerInTime: Check = {
  id: "answer-in-time",
  title: "accepts an answer that comes in time",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    await untilWaiting(stage, invocation, next);
    const outcome = await answer(stage, invocation, id, true);
    expectDecision(
      outcome,
      { amount, is: "approved" },
      "When the human had approved the claim in time",
      next,
    );
  },
};

const deniedInTime: Check = {
  id: "denied-in-time",
  title: "accepts a denial that comes in time",
  modes: ["normal"],
  run: async (stage) => {
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    const outcome = await answer(stage, invocation, id, false);
    expectDecision(
      outcome,
      { amount, is: "denied" },
      "When the human had denied the claim in time",
      next,
    );
    if (!JSON.stringify(outcome).includes(reason)) return;
    throw new CheckFailed({
      did: `When the human had denied the claim in time, your agent ${tellOutcome(outcome)}`,
      asks: "The tool must tell the model about the denial. It must not say that the time is up.",
      cause: "The code treats a denial like a missing answer.",
      next,
    });
  },
};

const fromTheRequest: Check = {
  id: "from-the-request",
  title: "starts its timer after it has asked",
  modes: ["normal"],
  run: async (stage) => {
    const hold = stage.inject(holdAt("review", 1));
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    await invocation.untilSeen(() => stage.calls("review").find(({ held }) => held));
    // The journal has an order: once it has this step, it also has every timer that was set before the step.
    await waitFor("the step of the request", 3000, async () =>
      invocation.ending !== undefined || (await invocation.steps()).length > 1 ? true : undefined,
    ).catch(() => {});
    const timers = await invocation.timers();
    hold.lift();
    if (timers.length > 0) {
      throw new CheckFailed({
        did: "Your agent set its timer before its request had reached the reviewer.",
        asks: "The reviewer has three hours from the request, even if the review system was down before.",
        cause: "The wait begins before the request is sent.",
        next,
      });
    }
    const id = await untilRequested(stage, invocation, next);
    await answer(stage, invocation, id, true);
  },
};

const expires: Check = {
  id: "expires",
  title: "continues without an answer after three hours",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const clockBehind = threeHours - left;
    await stage.agents.setClockBack(clockBehind);
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    await untilRequested(stage, invocation, next);
    const when = "When three hours had passed";
    const wait = await expectWait(stage, invocation, when);
    // A wait that is too short is left to the check three-hours.
    if (minutesOf(wait, clockBehind) > minutes) expectThreeHours(wait, clockBehind);
    expectExpiry(await invocation.outcome(), amount, when);
  },
};

const hours: Check = {
  id: "three-hours",
  title: "waits exactly three hours, with Restate's timer",
  modes: ["normal"],
  run: async (stage) => {
    const clockBehind = threeHours - leftForReading;
    await stage.agents.setClockBack(clockBehind);
    const invocation = await processClaim(stage, amountOverThreshold(stage.choices()));
    const id = await untilRequested(stage, invocation, next);
    const wait = await expectWait(stage, invocation, "Waiting for an answer");
    expectThreeHours(wait, clockBehind);
    await answer(stage, invocation, id, true);
  },
};

const firstDeadline: Check = {
  id: "first-deadline",
  title: "killed while it waits, keeps the first deadline",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const clockBehind = threeHours - leftForCrash;
    await stage.agents.setClockBack(clockBehind);
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    await untilRequested(stage, invocation, next);
    const when = "Killed when 60% of the time had passed";
    const wait = await expectWait(stage, invocation, when);
    expectThreeHours(wait, clockBehind);
    const { setAt, overAt } = wait;
    // There is no event to wait for: the time itself must pass.
    await pause(setAt + 0.6 * (overAt - setAt) - Date.now());
    stage.agents.kill();

    const outcome = await invocation.outcome();
    const timers = await invocation.timers();
    if (timers.some((timer) => timer.overAt - overAt > leftForCrash / 4)) {
      throw new CheckFailed({
        did: `${when}, your agent set another timer, and waited again from the start.`,
        asks: "The deadline is three hours after the request, no matter how often the agent crashes.",
        cause: "Each process recomputes how long to wait, from its own clock.",
        next,
      });
    }
    expectExpiry(outcome, amount, when);
  },
};

const lateAnswer: Check = {
  id: "late-answer",
  title: "keeps its decision if an answer is late",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const afterExpiry = stage.inject(holdAt("model", 2));
    await stage.agents.setClockBack(threeHours - left);
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    const when = "When an answer came too late";
    await expectWait(stage, invocation, when);
    const seen = await invocation.untilSeen(() => stage.calls("model")[1]);
    if ("kind" in seen) return expectExpiry(seen, amount, when);
    await stage.answerReview(id, true);
    afterExpiry.lift();
    expectExpiry(await invocation.outcome(), amount, when);
  },
};

const cancelled: Check = {
  id: "cancelled",
  title: "ends if cancelled while it waits",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await processClaim(stage, amountOverThreshold(stage.choices()));
    await untilRequested(stage, invocation, next);
    await untilWaiting(stage, invocation, next);
    await invocation.cancel();
    const outcome = await invocation.outcome();
    if (outcome.kind !== "failed" || outcome.code !== 409) {
      throw new CheckFailed({
        did: `Cancelled while it waited for the reviewer, your agent ${tellOutcome(outcome)}`,
        asks: "A cancelled invocation ends: it fails with 409, and the claim is not decided.",
        cause: causeOf(outcome) ?? causeOfGoingOn(outcome),
        next,
      });
    }
    expectModelCalls(stage, 1, "Cancelled while it waited for the reviewer", next);
  },
};

suite("03", "agent-with-timeout", [
  answerInTime,
  twoAtOnce(scenario, next),
  expires,
  hours,
  fromTheRequest,
  deniedInTime,
  outlastsReviewSystem(next),
  cancelled,
  firstDeadline,
  lateAnswer,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

function expectExpiry(outcome: Outcome, amount: number, when: string): void {
  if (outcome.kind === "failed" && outcome.code === 408) {
    throw new CheckFailed({
      did: `${when}, your agent ${tellOutcome(outcome)}`,
      asks: `The model is told that the time is up: ${reason}.`,
      cause: "Nothing catches the TimeoutError of the wait, so it ends the run.",
      next,
    });
  }
  const cause = "The tool tells the model something else, and not that the time is up.";
  expectDecision(outcome, { amount, is: "denied", because: reason }, when, next, cause);
}

/** The agent's wait: from when it set its first timer until its last timer is over. */
async function expectWait(stage: Stage, invocation: Invocation, when: string): Promise<Timer> {
  const now = await untilQuiet(stage, invocation);
  // If the agent has set several timers, those that are already over by the real clock ring first.
  const timers = await waitFor("a timer that has not expired yet", 8000, async () => {
    const set = await invocation.timers();
    const waits = (set.at(-1)?.overAt ?? 0) > Date.now();
    return waits || set.length === 0 || invocation.ending !== undefined ? set : undefined;
  }).catch(() => invocation.timers());
  const [first, last] = [timers[0], timers.at(-1)];
  if (first && last) return { ...last, setAt: first.setAt };
  const state = "kind" in now ? tellOutcome(now) : "waited in its own process.";
  throw new CheckFailed({
    did: `${when}, your agent had set no Restate timer: it ${state}`,
    asks: "The deadline is in the journal, where it outlives every process.",
    cause: "The wait has no deadline, or only the process knows it, as with setTimeout.",
    next,
  });
}

/** @throws {CheckFailed} unless the wait is three hours on the agent's clock, `clockBehind` ms behind */
function expectThreeHours(wait: Timer, clockBehind: number): void {
  const waited = minutesOf(wait, clockBehind);
  if (waited === minutes) return;
  throw new CheckFailed({
    did: `In the journal, your agent's wait expires after ${waited} minutes.`,
    asks: `The deadline is three hours: ${minutes} minutes from the request.`,
    cause: "The timeout is wrong: it is in another unit, or was changed.",
    next,
  });
}

function minutesOf({ setAt, overAt }: Timer, clockBehind: number): number {
  return Math.round((overAt - setAt + clockBehind) / 60_000);
}

function causeOfGoingOn(outcome: Outcome): string {
  return outcome.kind === "answered" && String(outcome.answer).includes("timed out")
    ? "Every error is treated as a timeout. A cancellation is not one."
    : "The model got the cancellation as an error of the tool and continued.";
}
