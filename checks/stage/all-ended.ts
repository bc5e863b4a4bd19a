import { type Mode, readFamily } from "./restate/admin.ts";
import { readCancelled } from "./restate/journal.ts";
import type { Stage } from "./stage.ts";
import { DidNotCome, waitFor } from "./wait.ts";

// Milliseconds, far more than the end of a run takes on two busy cores.
const cap = 20_000;

/**
 * Waits until the run and all that it has called have ended; returns false if that never happens. What
 * waits for a held call ends only if it hears that it was cancelled. With every await replayed, it hears
 * nothing before its call has ended.
 */
export async function untilAllEnded(stage: Stage, mode: Mode): Promise<boolean> {
  const { adminUrl } = stage.server;
  const ended = waitFor("the end of all that the run has called", cap, async () => {
    const families = stage.invocations.map(({ id }) => readFamily(adminUrl, id));
    const all = (await Promise.all(families)).flat();
    const open = all.filter(({ status }) => status !== "completed").map(({ id }) => id);
    if (open.length === 0) return true;
    const held = stage.allCalls.flatMap((call) => (call.held ? [call.invocation] : []));
    const cancelled = await Promise.all(all.map(({ id }) => readCancelled(adminUrl, id)));
    const hears = (id: string) => mode === "normal" && cancelled.flat().includes(id);
    return open.some((id) => !held.includes(id) || hears(id)) ? undefined : true;
  });
  return ended.catch((error) => {
    if (error instanceof DidNotCome) return false;
    throw error;
  });
}
