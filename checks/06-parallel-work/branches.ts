import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { expectCalledEnded, expectCancelled } from "../shared/called.ts";
import type { Check } from "../shared/check.ts";
import { type Analysis, chooseClaim, expectFindings, findingOf } from "../shared/claims.ts";
import { expectOwnLabels } from "../shared/labels.ts";
import { expectPatience, expectTogether } from "../shared/side-by-side.ts";
import { type Failure, holdOf, outageOf, silenceOf } from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";

const retries = 3;

/** Analyses that run in parallel, and how to see that a result is kept. */
export interface Fan {
  analyses: readonly Analysis[];
  /** Whether a journal has an analysis's finding: from then on, nothing may repeat that analysis. */
  isKept(invocation: Invocation, finding: string): Promise<boolean>;
  next: string;
}

/** A specialist keeps its finding in its own journal. */
export const keptByTheCalled: Fan["isKept"] = async (invocation, finding) =>
  (await invocation.steps()).some(({ kept }) => kept?.result.includes(finding));

/** The checks of parallel work when the agent waits for all of it. */
export function fanChecks(fan: Fan) {
  return {
    decides: {
      id: "decides",
      title: "uses all three analyses",
      modes: ["normal"],
      run: (stage) => expectDecision(stage, fan),
    },
    overlap: {
      id: "overlap",
      title: "runs all three analyses together",
      modes: ["normal", "always-replay"],
      run: (stage) => expectOverlap(stage, fan),
    },
    oneFails: {
      id: "one-fails",
      title: "repeats only the analysis that failed",
      modes: ["normal", "always-replay"],
      run: (stage) => expectOthersKeptInOutage(stage, fan),
    },
    crash: {
      id: "crash-among-them",
      title: "killed, keeps the results that arrived",
      modes: ["normal", "always-replay"],
      kills: "agent",
      run: (stage) => expectOthersKeptInCrash(stage, fan),
    },
    anyOrder: {
      id: "any-order",
      title: "tells the model which finding is which",
      modes: ["normal", "always-replay"],
      run: (stage) => expectSameInAnyOrder(stage, fan),
    },
    cancelled: cancelled(fan),
  } as const satisfies Record<string, Check>;
}

/** The check that cancels a run while its analyses are running. */
export function cancelled({ next }: Fan): Check {
  return {
    id: "cancelled",
    title: "if cancelled, ends and leaves nothing running",
    modes: ["normal"],
    run: async (stage) => {
      const held = stage.inject(silenceOf("analysis"));
      const invocation = await stage.invoke("run", chooseClaim(stage.choices()));
      const seen = await invocation.untilSeen(() => stage.calls("analysis")[0]);
      if (!("kind" in seen)) await invocation.cancel();
      const outcome = await invocation.outcome();
      expectCancelled(outcome, "Cancelled while its analyses were running", next);
      await expectCalledEnded(invocation, next);
      held.lift();
    },
  };
}

/** A run whose analyses are held at the world until `letGo`. */
export interface HeldRun {
  invocation: Invocation;
  claim: ReturnType<typeof chooseClaim>;
  letGo(analysis: Analysis): void;
}

/**
 * Starts a run and waits until all analyses are in flight at the same time.
 *
 * @throws {CheckFailed} if they never are
 */
export async function startHeld(stage: Stage, { analyses, next }: Fan): Promise<HeldRun> {
  const holds = holdAll(stage, analyses);
  const claim = chooseClaim(stage.choices());
  const invocation = await stage.invoke("run", claim);
  await expectTogether(stage, invocation, "analysis", analyses.length, next);
  return { invocation, claim, letGo: (analysis) => holds.get(analysis)?.lift() };
}

/**
 * Waits until a journal has the finding of an analysis.
 *
 * @throws {CheckFailed} if none has it, although the analysis has ended
 */
async function untilKept(
  { invocation, claim }: HeldRun,
  { isKept, next }: Fan,
  analysis: Analysis,
): Promise<void> {
  const finding = findingOf(analysis, claim);
  try {
    await waitFor(`the finding on ${analysis}, kept`, 3000, async () => {
      const ended = invocation.ending !== undefined;
      return ended || (await isKept(invocation, finding)) ? true : undefined;
    });
  } catch {
    throw new CheckFailed({
      did: `The analysis of ${analysis} had ended, but its result was in no journal while another analysis was running.`,
      asks: "Each finding is stored as soon as it arrives, no matter what happens to the others.",
      cause: "All analyses are one step, or bypass Restate.",
      next,
    });
  }
}

/** With nothing broken, the decision depends on all analyses and takes one attempt. */
async function expectDecision(stage: Stage, fan: Fan): Promise<void> {
  // While the analyses are held, an attempt that waits in the wrong way always fails.
  const holds = holdAll(stage, fan.analyses);
  const claim = chooseClaim(stage.choices());
  const invocation = await stage.invoke("run", claim);
  await invocation.untilSeen(() => stage.calls("analysis")[0]);
  await expectPatience(stage, invocation, "analysis", fan.next);
  for (const hold of holds.values()) hold.lift();
  expectFindings(await invocation.outcome(), { ...fan, claim, when: "With nothing broken" });
}

/** All analyses are in flight at the same time, then answered. The decision depends on all of them. */
async function expectOverlap(stage: Stage, fan: Fan): Promise<void> {
  const run = await startHeld(stage, fan);
  for (const analysis of fan.analyses) run.letGo(analysis);
  const when = "With all analyses in flight together";
  expectFindings(await run.invocation.outcome(), { ...fan, claim: run.claim, when });
}

/** One analysis fails repeatedly while the others are kept. Only that one is repeated. */
async function expectOthersKeptInOutage(stage: Stage, fan: Fan): Promise<void> {
  const { run, held } = await startWithOneLeft(stage, fan);
  const outage = stage.inject(outageOf("analysis", held));
  run.letGo(held);
  await run.invocation.untilSeen(() =>
    callsOn(stage, held) > retries ? { retried: true } : undefined,
  );
  outage.lift();
  const when = `When the analysis of ${held} had failed for a while`;
  expectFindings(await run.invocation.outcome(), { ...fan, claim: run.claim, when });
  expectOthersOnce(stage, fan, held, when);
}

/** The agent is killed when all analyses except one are kept. Only that one is repeated. */
async function expectOthersKeptInCrash(stage: Stage, fan: Fan): Promise<void> {
  const { run, held } = await startWithOneLeft(stage, fan);
  stage.agents.kill();
  run.letGo(held);
  const when = `Killed when only the analysis of ${held} had no result`;
  expectFindings(await run.invocation.outcome(), { ...fan, claim: run.claim, when });
  expectOthersOnce(stage, fan, held, when);
}

/** The same claim gets the same answer, no matter in which order the analyses end. */
async function expectSameInAnyOrder(stage: Stage, fan: Fan): Promise<void> {
  const when = "With nothing broken";
  const answers: unknown[] = [];
  for (const order of [fan.analyses, fan.analyses.toReversed()]) {
    const run = await startHeld(stage, fan);
    for (const analysis of order) {
      run.letGo(analysis);
      await untilKept(run, fan, analysis);
    }
    const outcome = await run.invocation.outcome();
    expectFindings(outcome, { ...fan, claim: run.claim, when });
    answers.push(outcome);
  }
  if (isDeepStrictEqual(answers[0], answers[1])) return expectOwnLabels(stage, when, fan.next);
  throw new CheckFailed({
    did: "In a second run the analyses ended in the opposite order, and your agent told the model something else than in the first.",
    asks: "The model gets each finding with the name of its analysis, in whatever order the analyses end.",
    cause: "Findings are collected as they arrive, and no longer say which analysis they are from.",
    next: fan.next,
  });
}

/** Starts a run and waits until all analyses except one are kept. That one is still held. */
async function startWithOneLeft(stage: Stage, fan: Fan) {
  const run = await startHeld(stage, fan);
  const held = stage.choices().one(fan.analyses);
  for (const analysis of fan.analyses) {
    if (analysis === held) continue;
    run.letGo(analysis);
    await untilKept(run, fan, analysis);
  }
  return { run, held };
}

/** Holds each analysis at the world until its failure is lifted. */
function holdAll(stage: Stage, analyses: readonly Analysis[]): Map<Analysis, Failure> {
  return new Map(
    analyses.map((analysis) => [analysis, stage.inject(holdOf("analysis", analysis))]),
  );
}

function callsOn(stage: Stage, analysis: Analysis): number {
  return stage.calls("analysis").filter(({ subject }) => subject === analysis).length;
}

function expectOthersOnce(stage: Stage, fan: Fan, held: Analysis, when: string): void {
  const again = fan.analyses.find((each) => each !== held && callsOn(stage, each) > 1);
  if (again === undefined) return;
  throw new CheckFailed({
    did: `${when}, your agent ran the analysis of ${again} ${callsOn(stage, again)} times.`,
    asks: "What is in the journal is not done again, no matter what happens to the other work.",
    cause: "The analyses are all one step, or not in the journal at all.",
    next: fan.next,
  });
}
