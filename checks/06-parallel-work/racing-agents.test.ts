import { expectCalled, expectCalledEnded } from "../called.ts";
import { type Analysis, chooseClaim, expectFindings, findingOf } from "../claims.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import type { Stage } from "../stage/stage.ts";
import { type Check, suite } from "../stage/suite.ts";
import { expectNoFailedAttempt, type Fan, type HeldRun, startHeld } from "./branches.ts";

const next = "Mend racing-agents.ts, then: npm run check 06 racing-agents";
const whileLost = "While the other specialist still worked";
const fan: Fan = {
  analyses: ["eligibility", "fraud"],
  isKept: async (invocation, finding) =>
    (await invocation.calledSteps()).some(({ kept }) => kept?.result.includes(finding)),
  next,
};

const answers: Check = {
  id: "answers",
  title: "answers with what a specialist says",
  modes: ["normal"],
  run: async (stage) => {
    const claim = chooseClaim(stage);
    const invocation = await stage.invoke("run", claim);
    const outcome = await invocation.outcome();
    const text = outcome.kind === "answered" ? String(outcome.answer) : "";
    if (fan.analyses.some((analysis) => text.includes(findingOf(analysis, claim)))) return;
    throw new CheckFailed({
      did: `With nothing broken, your agent ${tellOutcome(outcome)}`,
      asks: "The answer is what one of the two specialists has said.",
      cause: causeOf(outcome) ?? "Something else is answered than what a specialist has said.",
      next,
    });
  },
};

const firstWins: Check = {
  id: "first-wins",
  title: "answers with what comes first, in one attempt",
  modes: ["normal"],
  run: async (stage) => {
    const race = await startRace(stage);
    race.letGo(race.winner);
    const outcome = await race.invocation.outcome();
    expectNoFailedAttempt(race, fan);
    expectFindings(outcome, { claim: race.claim, analyses: [race.winner], when: whileLost, next });
    race.letGo(race.loser);
  },
};

const otherWins: Check = {
  id: "other-wins",
  title: "answers with what comes first, the other way round",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const race = await startRace(stage);
    const [winner, loser] = [race.loser, race.winner];
    await expectWinner({ ...race, winner, loser }, whileLost);
    race.letGo(loser);
  },
};

const loserCancelled: Check = {
  id: "loser-cancelled",
  title: "cancels who has lost",
  modes: ["normal"],
  run: async (stage) => {
    const race = await startRace(stage);
    await expectWinner(race, whileLost);
    await expectCalledEnded(race.invocation, next);
    race.letGo(race.loser);
    const asked = stage.calls("model").filter(({ by }) => by === "child").length;
    if (asked > 1) {
      throw new CheckFailed({
        did: "The specialist that had lost went on and asked the model.",
        asks: "Who has lost is stopped where it is: its model calls cost money for nothing.",
        cause: "It was cancelled too late, or not at all.",
        next,
      });
    }
  },
};

const crash: Check = {
  id: "crash-in-the-race",
  title: "killed in the race, starts nobody again",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const race = await startRace(stage);
    stage.agents.kill();
    const when = "Killed while both specialists worked";
    await expectWinner(race, when);
    race.letGo(race.loser);
    await expectCalled(race.invocation, ["EligibilityAgent", "FraudCheckAgent"], when, next);
  },
};

suite("06", "racing-agents", [answers, firstWins, otherWins, crash, loserCancelled]);

interface Race extends HeldRun {
  winner: Analysis;
  loser: Analysis;
}

/** A race in which both are at work. */
async function startRace(stage: Stage): Promise<Race> {
  const run = await startHeld(stage, fan);
  return { ...run, winner: "fraud", loser: "eligibility" };
}

/** @throws {CheckFailed} unless the answer is the winner's, the loser still at work */
async function expectWinner(race: Race, when: string): Promise<void> {
  race.letGo(race.winner);
  const outcome = await race.invocation.outcome();
  expectFindings(outcome, { claim: race.claim, analyses: [race.winner], when, next });
}
