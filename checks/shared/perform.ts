import { setTimeout as pause } from "node:timers/promises";
import { CheckFailed } from "../report/check-failed.ts";
import { renderJournal } from "../report/journal.ts";
import type { Evidence } from "../report/result.ts";
import { renderTimeline } from "../report/timeline.ts";
import { invokedOn, journalsOf } from "../stage/invoked.ts";
import type { Stage } from "../stage/stage.ts";
import type { Theatre } from "../stage/theatre.ts";
import { CannotTell, type CheckMeta, type Claim } from "./check.ts";

// In milliseconds. A check takes some seconds on two busy cores: its waits end as soon as evidence comes.
const checkCap = 60_000;
// How often a check runs at most if the server disturbs it.
const mostTimes = 3;
// Stages on which a check did not end in time and still runs. It disturbs every later check there.
const leftRunning = new WeakSet<Stage>();

/** Runs a check. Runs it again if it failed while a server that others also use was disturbed. */
export async function performUndisturbed(
  theatre: Theatre,
  { check, mode }: Claim,
  meta: CheckMeta,
  { folder, next }: { folder: string; next: string },
): Promise<void> {
  for (let time = 1; ; time++) {
    let disturbed = false;
    const act = async (stage: Stage) => {
      if (leftRunning.has(stage))
        throw new CannotTell("An earlier check never ended, so this one was not run.");
      const begun = performance.now();
      try {
        await inTime(check.run(stage, folder, mode), stage, next);
        if (stage.spared) throw neverStruck(check.title, next);
        if (stage.threatened) throw new Error("What it injected is still active.");
      } catch (error) {
        disturbed = mayBeDisturbed(stage, error);
        meta.evidence = await evidenceOf(stage);
        throw error;
      } finally {
        meta.ms = Math.round(performance.now() - begun);
      }
    };
    const name = `${meta.id} ${mode}${time === 1 ? "" : ` again ${time}`}`;
    try {
      return await theatre.perform({ name, kills: check.kills !== undefined, act });
    } catch (error) {
      if (!disturbed || time === mostTimes) throw error;
    }
  }
}

/** A lost node interrupts attempts and the server's answers. That says nothing about the agent. */
function mayBeDisturbed(stage: Stage, error: unknown): boolean {
  if (!stage.server.isShared || error instanceof CannotTell) return false;
  return stage.disturbed || !(error instanceof CheckFailed);
}

// What the SDK logs at each start, and for each attempt. The timeline shows the attempts.
const saidBySdk =
  /request signatures|INFO: (Starting|Replaying) invocation|INFO: Invocation (suspended|completed)/;

async function evidenceOf(stage: Stage): Promise<Evidence> {
  const { events, log } = stage;
  const invoked = await invokedOn(stage).catch(() => []);
  const journals = await journalsOf(stage, invoked).catch(() => []);
  return {
    timeline: renderTimeline(events, invoked),
    journal: renderJournal(journals),
    log: log.split("\n").filter((line) => line !== "" && !saidBySdk.test(line)),
  };
}

/** @throws {CheckFailed} if a check does not end in time, as with code that no wait expects */
async function inTime(run: Promise<void>, stage: Stage, next: string): Promise<void> {
  const over = new AbortController();
  const tooLate = pause(checkCap, undefined, { signal: over.signal }).then(() => {
    leftRunning.add(stage);
    throw new CheckFailed({
      did: `${checkCap / 1000} s after this check had begun, your agent had still not ended.`,
      asks: "Once nothing is broken any more, a run takes seconds: somebody waits for its answer.",
      cause:
        "It waits far longer than the exercise asks, or repeats something forever. The timeline shows what it did last.",
      next,
    });
  });
  try {
    await Promise.race([run, tooLate]);
  } finally {
    over.abort();
  }
}

/** The error if the code never made the call that should fail: the check has not tested its claim. */
function neverStruck(title: string, next: string): CheckFailed {
  return new CheckFailed({
    did: "Your agent ended without making the call that this check breaks.",
    asks: `Without that call, this check cannot test this: ${title}.`,
    cause: "A call that was in the original exercise is missing, or is not reached.",
    next,
  });
}
