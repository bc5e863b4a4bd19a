import { CheckFailed } from "../report/check-failed.ts";
import { causeOfMismatch } from "../shared/calm.ts";
import { cancelInvocation, readInvocation } from "../stage/restate/admin.ts";
import { hasHeardOfCancel } from "../stage/restate/journal.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor, waitOrGiveUp } from "../stage/wait.ts";
import { cap, next } from "./coding.ts";

/** So often a call must fail before an outage ends. */
export const refusals = 5;

/** Why a branch may be left open. */
export const notClosed =
  "Code after the work closes the branch, and work that is interrupted or fails never gets there.";

/** A branch that an agent opened. The numbers are places in the ledger. */
export interface Branch {
  name: string;
  opened: number;
  files: string[];
  /** Undefined if it is still open. */
  closed: number | undefined;
}

/** The branches, in the order in which they were opened. */
export function branchesOf(stage: Stage): Branch[] {
  const entries = stage.world.ledger.entries.filter(({ repeated }) => !repeated);
  return entries
    .filter(({ effect }) => effect === "opening")
    .map(({ subject: name, number: opened }) => {
      const own = entries.filter(({ subject }) => subject === name);
      return {
        name,
        opened,
        files: own.flatMap(({ effect, text = "" }) => (effect === "file" ? [text] : [])),
        closed: own.find(({ effect }) => effect === "closing")?.number,
      };
    });
}

/** @throws {CheckFailed} if a branch is still open */
export async function expectClosed(stage: Stage, when: string, cause: string): Promise<void> {
  const open = branchesOf(stage).filter(({ closed }) => closed === undefined);
  if (open.length === 0) return;
  throw new CheckFailed({
    did: `${when}, your agent left ${open.length === 1 ? "a branch" : `${open.length} branches`} open.`,
    asks: "What was borrowed is given back: each branch is closed, no matter how the work on it ends.",
    cause: (await causeOfMismatch(stage)) ?? cause,
    next,
  });
}

/** The calls to the repository that an outage has refused. */
export function refusedCalls(stage: Stage) {
  return stage.calls("repo").filter(({ outcome }) => outcome === 503);
}

/**
 * Waits until a task that is meant cannot close its branch; returns the task's id.
 *
 * @throws {CheckFailed} if it does not try to
 */
export async function untilRefused(
  stage: Stage,
  isMeant: (task: string) => boolean,
  when: string,
): Promise<string> {
  const call = await waitOrGiveUp("a branch that cannot be closed", cap, async () =>
    refusedCalls(stage).find(({ invocation = "" }) => isMeant(invocation)),
  );
  if (call?.invocation !== undefined) return call.invocation;
  throw new CheckFailed({
    did: `${when}, your agent did not close the branch of its work.`,
    asks: "Each branch is closed, no matter how the work on it ends.",
    cause: notClosed,
    next,
  });
}

/** Cancels a task, for the nth time, and waits until it has ended or still tries to close its branch. */
export async function cancelWhileRefused(stage: Stage, task: string, nth: number): Promise<void> {
  const { adminUrl } = stage.server;
  await cancelInvocation(adminUrl, task);
  await waitFor("the cancellation", cap, async () =>
    (await hasHeardOfCancel(adminUrl, task, nth)) ? true : undefined,
  );
  const before = refusedCalls(stage).length;
  await waitOrGiveUp("its end, or more refusals", cap, async () => {
    if (refusedCalls(stage).length >= before + refusals) return true;
    const row = await readInvocation(adminUrl, task);
    return row?.status === "completed" || isMismatch(row?.last_failure ?? "") || undefined;
  });
}
