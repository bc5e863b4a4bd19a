import { setTimeout as pause } from "node:timers/promises";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { expectCalled, expectCalledCancelled, expectCalledEnded } from "../shared/called.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { type Analysis, chooseClaim, expectFindings, findingOf } from "../shared/claims.ts";
import { expectNoFailedAttempt, expectPatience } from "../shared/side-by-side.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { holdOf, refusalOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Mode } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import { waitFor } from "../stage/wait.ts";
import { cancelled, type Fan, type HeldRun, keptByTheCalled, startHeld } from "./branches.ts";

const next = "Fix racing-agents.ts, then: npm run check 06 racing-agents";
const fan: Fan = {
  analyses: ["eligibility", "fraud"],
  isKept: keptByTheCalled,
  next,
};

// In milliseconds. On two busy cores, an answer that exists arrives much sooner.
const childCap = 8_000;
const answerCap = 6_000;
const waits: Outcome = { kind: "stuck", why: "it waits for the slower one" };

const answers: Check = {
  id: "answers",
  title: "answers with what a specialist says",
  modes: ["normal"],
  run: async (stage) => {
    const claim = chooseClaim(stage.choices());
    const invocation = await stage.invoke("run", claim);
    const outcome = await invocation.outcome();
    const text = outcome.kind === "answered" ? String(outcome.answer) : "";
    if (fan.analyses.some((analysis) => text.includes(findingOf(analysis, claim)))) return;
    throw new CheckFailed({
      did: `With nothing broken, your agent ${tellOutcome(outcome)}`,
      asks: "The answer is what one of the two specialists has said.",
      cause: causeOf(outcome) ?? causeOfNoFinding(outcome),
      next,
    });
  },
};

const firstWins: Check = {
  id: "first-wins",
  title: "answers with what comes first, in one attempt",
  modes: ["normal", "always-replay"],
  run: (stage, _, mode) => expectWin(stage, mode, { winner: "fraud", loser: "eligibility" }),
};

const otherWins: Check = {
  id: "other-wins",
  title: "also answers if the other specialist is first",
  modes: ["normal", "always-replay"],
  run: (stage, _, mode) => expectWin(stage, mode, { winner: "eligibility", loser: "fraud" }),
};

const loserCancelled: Check = {
  id: "loser-cancelled",
  title: "cancels the loser",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const race = await startHeld(stage, fan);
    await expectFraudWins(race, "While the other specialist was still working");
    await expectCalledCancelled(race.invocation, next);
    // In always-replay, a cancelled specialist only learns about it when its current call returns.
    if (mode === "always-replay") race.letGo("eligibility");
    await expectCalledEnded(race.invocation, next);
    race.letGo("eligibility");
    const asked = stage.calls("model").filter(({ by }) => by === "child").length;
    if (asked > 1) {
      throw new CheckFailed({
        did: "The specialist that had lost continued and asked the model.",
        asks: "The loser is stopped where it is: its model calls cost money for nothing.",
        cause: "It was cancelled too late, or not at all.",
        next,
      });
    }
  },
};

function causeOfNoFinding(outcome: Outcome): string {
  return outcome.kind === "failed" && outcome.code === 409
    ? "The agent cancels the specialist that it waits for: if a promise is returned without await, the finally block runs first."
    : "The answer is not what a specialist said.";
}

const refusesFirst: Check = {
  id: "refuses-first",
  title: "if the first one refuses, stops the other",
  modes: ["normal"],
  run: async (stage) => {
    const words = `No policy has number ${stage.choices().integer(10_000, 99_999)}.`;
    const hold = stage.inject(holdOf("analysis", "eligibility"));
    const refusal = stage.inject(refusalOf("analysis", words, "fraud"));
    const claim = chooseClaim(stage.choices());
    const invocation = await stage.invoke("run", claim);
    const seen = await outcomeOrWait(invocation);
    refusal.lift();
    const when = "When the specialist that ended first had refused";
    if (seen === waits) {
      hold.lift();
      const outcome = await invocation.outcome();
      return expectFindings(outcome, { claim, analyses: ["eligibility"], when, next });
    }
    if (seen.kind !== "failed" || !seen.message.includes(words)) {
      throw new CheckFailed({
        did: `${when}, your agent ${tellOutcome(seen)}`,
        asks: "A refusal is not an answer: the agent fails with it and stops the other specialist. Or it takes the other specialist's answer.",
        cause: causeOf(seen) ?? "Something else is returned instead of the specialist's error.",
        next,
      });
    }
    await expectCalledEnded(invocation, next);
    hold.lift();
  },
};

const crash: Check = {
  id: "crash-in-the-race",
  title: "killed in the race, calls nobody again",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage, _, mode) => {
    const race = await startHeld(stage, fan);
    if (mode === "normal") await expectPatience(stage, race.invocation, "analysis", next);
    stage.agents.kill();
    const when = "Killed while both specialists worked";
    await expectFraudWins(race, when);
    race.letGo("eligibility");
    await expectCalled(race.invocation, ["EligibilityAgent", "FraudCheckAgent"], when, next);
  },
};

/** Either specialist may win, so the outcome only says that the answer is about this run's claim. */
const raced: Scenario = async (stage, choices) => {
  const claim = chooseClaim(choices);
  const invocation = await stage.invoke("run", claim);
  const outcome = await invocation.outcome();
  const text = outcome.kind === "answered" ? String(outcome.answer) : "";
  const isOwn = fan.analyses.some((analysis) => text.includes(findingOf(analysis, claim)));
  return isOwn ? { kind: "answered", answer: "a finding on this claim" } : outcome;
};

suite("06", "racing-agents", [
  answers,
  twoAtOnce(raced, next),
  firstWins,
  otherWins,
  crash,
  loserCancelled,
  refusesFirst,
  cancelled(fan),
  calm(raced, next),
]);

interface Roles {
  winner: Analysis;
  loser: Analysis;
}

/** Lets one specialist answer while the other is held. Its answer must be the agent's answer. */
async function expectWin(stage: Stage, mode: Mode, { winner, loser }: Roles): Promise<void> {
  const race = await startHeld(stage, fan);
  race.letGo(winner);
  const outcome = await outcomeOrWait(race.invocation);
  if (mode === "normal") expectNoFailedAttempt(race.invocation, next);
  const when = "While the other specialist was still working";
  expectNoWait(outcome, when);
  expectFindings(outcome, { claim: race.claim, analyses: [winner], when, next });
  race.letGo(loser);
}

/** Lets the fraud check win, so that the agent's answer is known: its finding. */
async function expectFraudWins(race: HeldRun, when: string): Promise<void> {
  race.letGo("fraud");
  const outcome = await outcomeOrWait(race.invocation);
  expectNoWait(outcome, when);
  expectFindings(outcome, { claim: race.claim, analyses: ["fraud"], when, next });
}

/** @throws {CheckFailed} if the agent waits for the held specialist although the other has answered */
function expectNoWait(outcome: Outcome, when: string): void {
  if (outcome !== waits) return;
  throw new CheckFailed({
    did: `${when}, your agent kept waiting, although one specialist had answered.`,
    asks: "The first answer is the agent's answer: nobody waits for the slower one.",
    cause: "It waits for all of them, or always for the same one.",
    next,
  });
}

/** How a race ends; `waits` if it still runs some seconds after one specialist has ended. */
async function outcomeOrWait(invocation: Invocation): Promise<Outcome> {
  await waitFor("the end of the other specialist", childCap, async () => {
    const called = await invocation.called();
    const isThere = called.some(({ status }) => status === "completed");
    return isThere || invocation.ending !== undefined ? true : undefined;
  }).catch(() => {});
  return Promise.race([invocation.outcome(), pause(answerCap, waits, { ref: false })]);
}
