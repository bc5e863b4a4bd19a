import type { Ground } from "./ground.ts";
import { type Delayed, readAround } from "./restate/delayed.ts";
import { readCalled, readCancelled, readTimers } from "./restate/journal.ts";
import { DidNotCome, waitFor } from "./wait.ts";

// Milliseconds, far more than work that is due takes on two busy cores.
const dueCap = 50_000;
const answerCap = 8_000;
// An attempt that fails this often, with nothing broken, always fails.
const mostRetries = 20;

/**
 * Waits until all has ended that was invoked on a ground, that this has made, and that belongs to a key of
 * an object; or until it is clear that it never ends.
 *
 * @param by what is due later is not waited for, in milliseconds since 1970 on the real clock
 */
export async function untilNothingIsDue(ground: Ground, key: string, by: number): Promise<void> {
  // How often each had been retried when something was last broken.
  let retried = new Map<string, number>();
  const isHopeless = (rows: readonly Delayed[]) => {
    if (ground.failing) retried = new Map();
    return rows.some(({ id, retry_count: count = 0 }) => {
      retried.set(id, retried.get(id) ?? count);
      return count - (retried.get(id) ?? 0) >= mostRetries;
    });
  };
  await waitFor("the end of all that is due", dueCap, async () => {
    const rows = await readAll(ground, key);
    if (rows === undefined) return undefined;
    if (isHopeless(rows)) return true;
    const left = await Promise.all(rows.map((row) => isDue(ground, row, by)));
    const isDone = Date.now() >= by && !left.includes(true);
    // The process's own timers ring before it answers.
    await ground.agents.live?.responds(answerCap);
    return isDone && !ground.busy ? true : undefined;
  }).catch((error) => {
    // What has not happened by then never will.
    if (!(error instanceof DidNotCome)) throw error;
  });
}

/**
 * All that was invoked, that this has made, and what belongs to the key; undefined if Restate does not show
 * all of it. A server that was just killed leaves out some at first, and what was just sent may not be there
 * yet.
 */
async function readAll(ground: Ground, key: string): Promise<Delayed[] | undefined> {
  const { adminUrl } = ground.server;
  const rows = new Map<string, Delayed>();
  const cancelled = new Set<string>();
  const mustBeThere = new Set<string>();
  let ids = ground.invocations.map(({ id }) => id);
  while (ids.length > 0) {
    for (const id of ids) mustBeThere.add(id);
    const made = (await Promise.all(ids.map((id) => readCalled(adminUrl, id)))).flat();
    for (const id of made) mustBeThere.add(id);
    for (const id of (await Promise.all(ids.map((id) => readCancelled(adminUrl, id)))).flat()) {
      cancelled.add(id);
    }
    const known = new Set([...rows.keys(), ...ids]);
    for (const row of await readAround(adminUrl, ids, key)) rows.set(row.id, row);
    ids = [...rows.keys()].filter((id) => !known.has(id));
  }
  // Nothing is left of one that was cancelled before it began.
  const isShown = (id: string) => rows.has(id) || cancelled.has(id);
  return [...mustBeThere].every(isShown) ? [...rows.values()] : undefined;
}

/** Whether an invocation still does something, or will do so by then. */
async function isDue(ground: Ground, { id, status, scheduled_start_at: at }: Delayed, by: number) {
  if (status === "completed") return false;
  if (status === "scheduled") return at === undefined || Date.parse(at) <= by;
  const timers = await readTimers(ground.server.adminUrl, id);
  return !timers.some(({ overAt, hasRung }) => !hasRung && overAt > by);
}
