import type { Ground } from "./ground.ts";
import { type Delayed, readAround } from "./restate/delayed.ts";
import { readMade, type Timer } from "./restate/journal.ts";
import { waitOrGiveUp } from "./wait.ts";

// Milliseconds, far more than work that is due takes on two busy cores.
const dueCap = 50_000;
const answerCap = 8_000;
// An attempt that fails this often, with nothing broken, always fails.
const mostRetries = 20;

/**
 * Waits until all has ended that belongs to a key of a virtual object, and that this has made; or until it is
 * clear that it never ends.
 *
 * @param by what is due later is not waited for, in milliseconds since 1970 on the real clock
 * @returns how many invocations wait for a later time
 */
export async function untilNothingIsDue(ground: Ground, key: string, by: number): Promise<number> {
  // How often each had been retried when something was last broken.
  let retried = new Map<string, number>();
  const isHopeless = (rows: readonly Delayed[]) => {
    if (ground.failing) retried = new Map();
    return rows.some(({ id, retry_count: count = 0 }) => {
      retried.set(id, retried.get(id) ?? count);
      return count - (retried.get(id) ?? 0) >= mostRetries;
    });
  };
  let later = 0;
  await waitOrGiveUp("the end of all that is due", dueCap, async () => {
    const all = await readAllOf(ground, key);
    if (all === undefined) return undefined;
    if (isHopeless(all.rows)) return true;
    const states = all.rows.map((row) => stateOf(row, all.timers.get(row.id) ?? [], by));
    later = states.filter((state) => state === "later").length;
    if (states.includes("due") || Date.now() < by) return undefined;
    // The process's own timers ring before it answers.
    await ground.agents.live?.responds(answerCap);
    return isCalling(ground, all.rows) ? undefined : true;
  });
  return later;
}

/**
 * All that belongs to the key, and that this has made; undefined if Restate does not show all of it. A server
 * that was just killed leaves out some at first, and what was just sent may not be there yet.
 */
export async function readAllOf(ground: Ground, key: string) {
  const { adminUrl } = ground.server;
  const mustBeThere = new Set(
    ground.invocations.filter((each) => each.key === key).map(({ id }) => id),
  );
  for (;;) {
    const rows = await readAround(adminUrl, [...mustBeThere], key);
    const shown = rows.map(({ id }) => id);
    const { called, cancelled, timers } = await readMade(adminUrl, shown);
    // Nothing is left of one that was cancelled before it began.
    const missing = [...mustBeThere, ...called].filter(
      (id) => !shown.includes(id) && !cancelled.includes(id),
    );
    if (missing.length === 0) return { rows, timers };
    if (missing.every((id) => mustBeThere.has(id))) return undefined;
    for (const id of called) mustBeThere.add(id);
  }
}

/** Whether a call to the outside is under way that one of these makes, or the code outside of a handler. */
function isCalling(ground: Ground, rows: readonly Delayed[]): boolean {
  const ids = new Set<string | undefined>([undefined, ...rows.map(({ id }) => id)]);
  return ground.allCalls.some((call) => call.outcome === "under way" && ids.has(call.invocation));
}

/** Whether an invocation still does something, will do so by then, or only later. */
function stateOf(
  { status, scheduled_start_at: at }: Delayed,
  timers: readonly Timer[],
  by: number,
): "ended" | "due" | "later" {
  if (status === "completed") return "ended";
  if (status === "scheduled") return at === undefined || Date.parse(at) <= by ? "due" : "later";
  return timers.some(({ overAt, hasRung }) => !hasRung && overAt > by) ? "later" : "due";
}
