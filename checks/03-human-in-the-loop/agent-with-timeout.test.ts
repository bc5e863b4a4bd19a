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
// Milliseconds that are left of three hours where an expiry is to be seen, and where a crash too.
const left = 700;
const leftForCrash = 2000;
const leftForReading = 5 * 60 * 1000;
const reason = "Approval timed out - Evaluate with AI";

const answerInTime: Check = {
  id: "answer-in-time",
  title: "takes an answer that comes in time",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    await untilWaiting(stage, invocation, next);
    const outcome = await answer(stage, invocation, id, true);
    expectDecision(outcome, { amount, is: "approved" }, "Approved in time", next);
  },
};

const deniedInTime: Check = {
  id: "denied-in-time",
  title: "takes a no that comes in time",
  modes: ["normal"],
  run: async (stage) => {
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    const id = await untilRequested(stage, invocation, next);
    const outcome = await answer(stage, invocation, id, false);
    expectDecision(outcome, { amount, is: "denied" }, "Denied in time", next);
    if (!JSON.stringify(outcome).includes(reason)) return;
    throw new CheckFailed({
      did: `Denied in time, your agent ${tellOutcome(outcome)}`,
      asks: "A human has said no: the model hears that, and not that nobody has answered.",
      cause: "A no is taken for an answer that did not come.",
      next,
    });
  },
};

const fromTheRequest: Check = {
  id: "from-the-request",
  title: "counts from when the reviewer has been asked",
  modes: ["normal"],
  run: async (stage) => {
    const hold = stage.inject(holdAt("review", 1));
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    await invocation.untilSeen(() => stage.calls("review").find(({ held }) => held));
    // A step that is begun stands in the journal behind what was asked for before it.
    await waitFor("the step of the request", 3000, async () =>
      invocation.ending !== undefined || (await invocation.steps()).length > 1 ? true : undefined,
    ).catch(() => {});
    const timers = await invocation.timers();
    hold.lift();
    if (timers.length > 0) {
      throw new CheckFailed({
        did: "While its request was on its way to the reviewer, your agent had set its timer already.",
        asks: "The reviewer has three hours from the request: a review system that is down takes none of them.",
        cause: "The wait is begun before the request has been sent.",
        next,
      });
    }
    const id = await untilRequested(stage, invocation, next);
    await answer(stage, invocation, id, true);
  },
};

const expires: Check = {
  id: "expires",
  title: "after three hours goes on without an answer",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const clockBehind = threeHours - left;
    stage.restartAs(await stage.prepare({ clockBehind }));
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    await untilRequested(stage, invocation, next);
    const when = "When three hours had passed";
    const wait = await expectWait(stage, invocation, when);
    // One that is shorter is for the check of how long it is.
    if (minutesOf(wait, clockBehind) > minutes) expectThreeHours(wait, clockBehind);
    expectExpiry(await invocation.outcome(), amount, when);
  },
};

const hours: Check = {
  id: "three-hours",
  title: "has Restate wait three hours, and no less",
  modes: ["normal"],
  run: async (stage) => {
    const clockBehind = threeHours - leftForReading;
    stage.restartAs(await stage.prepare({ clockBehind }));
    const invocation = await processClaim(stage, amountOverThreshold(stage.choices()));
    const id = await untilRequested(stage, invocation, next);
    const wait = await expectWait(stage, invocation, "Waiting for an answer");
    expectThreeHours(wait, clockBehind);
    await answer(stage, invocation, id, true);
  },
};

const firstDeadline: Check = {
  id: "first-deadline",
  title: "killed as it waits, keeps to the first deadline",
  modes: ["normal"],
  run: async (stage) => {
    const late = { clockBehind: threeHours - leftForCrash };
    const [first, second] = await Promise.all([stage.prepare(late), stage.prepare(late)]);
    stage.restartAs(first);
    const amount = amountOverThreshold(stage.choices());
    const invocation = await processClaim(stage, amount);
    await untilRequested(stage, invocation, next);
    const when = "Killed when it had waited 60 % of the time";
    const wait = await expectWait(stage, invocation, when);
    expectThreeHours(wait, late.clockBehind);
    const { setAt, overAt } = wait;
    // What is waited for here is the time itself.
    await pause(setAt + 0.6 * (overAt - setAt) - Date.now());
    stage.restartAs(second);

    const outcome = await invocation.outcome();
    const timers = await invocation.timers();
    if (timers.some((timer) => timer.overAt - overAt > leftForCrash / 4)) {
      throw new CheckFailed({
        did: `${when}, your agent set one more timer, and waited anew.`,
        asks: "The deadline is three hours after the request, however often the agent dies.",
        cause: "How long to wait is worked out again by each process, from its own clock.",
        next,
      });
    }
    expectExpiry(outcome, amount, when);
  },
};

const lateAnswer: Check = {
  id: "late-answer",
  title: "stays decided when an answer comes late",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const afterExpiry = stage.inject(holdAt("model", 2));
    stage.restartAs(await stage.prepare({ clockBehind: threeHours - left }));
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
  title: "ends when it is cancelled as it waits",
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
        asks: "Who cancels an invocation ends it: it fails with 409, and the claim is not decided.",
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
      asks: `The model is told that the time is over: ${reason}.`,
      cause: "Nothing catches the TimeoutError of the wait, and so it ends the run.",
      next,
    });
  }
  const cause = "The tool does not tell the model that the time is over, but something else.";
  expectDecision(outcome, { amount, is: "denied", because: reason }, when, next, cause);
}

/** How long the agent waits: from when its first timer was set to when its last one is over. */
async function expectWait(stage: Stage, invocation: Invocation, when: string): Promise<Timer> {
  const now = await untilQuiet(stage, invocation);
  // Of several waits, those that are over by the clock as it is have rung before the one that is not.
  const timers = await waitFor("a timer that is not over yet", 8000, async () => {
    const set = await invocation.timers();
    const waits = (set.at(-1)?.overAt ?? 0) > Date.now();
    return waits || set.length === 0 || invocation.ending !== undefined ? set : undefined;
  }).catch(() => invocation.timers());
  const [first, last] = [timers[0], timers.at(-1)];
  if (first && last) return { ...last, setAt: first.setAt };
  const state = "kind" in now ? tellOutcome(now) : "waited in its own process.";
  throw new CheckFailed({
    did: `${when}, your agent had set no timer of Restate's: it ${state}`,
    asks: "The deadline is kept in the journal, where it outlives every process.",
    cause: "The wait has no deadline, or one that only the process knows, as with setTimeout.",
    next,
  });
}

/** @throws {CheckFailed} unless a wait whose clock is so many milliseconds behind is three hours long */
function expectThreeHours(wait: Timer, clockBehind: number): void {
  const waited = minutesOf(wait, clockBehind);
  if (waited === minutes) return;
  throw new CheckFailed({
    did: `In the journal, your agent's wait is over after ${waited} minutes.`,
    asks: `The SLA is three hours: ${minutes} minutes from the request.`,
    cause: "The timeout is another one: it is given in another unit, or was changed.",
    next,
  });
}

function minutesOf({ setAt, overAt }: Timer, clockBehind: number): number {
  return Math.round((overAt - setAt + clockBehind) / 60_000);
}

function causeOfGoingOn(outcome: Outcome): string {
  return outcome.kind === "answered" && String(outcome.answer).includes("timed out")
    ? "Every error is taken for a timeout; a cancellation is another one."
    : "The cancellation went to the model as an error of the tool, and the model went on.";
}
