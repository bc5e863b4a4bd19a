import type { Ground } from "./ground.ts";
import type { Mode } from "./restate/admin.ts";
import { readMade } from "./restate/journal.ts";
import { readLineage } from "./restate/lineage.ts";
import { waitOrGiveUp } from "./wait.ts";

// Milliseconds, far more than the end of a run takes on two busy cores.
const cap = 20_000;
const atRest = ["completed", "scheduled"];

/**
 * Waits until the run and all that it has called have ended; returns false if that never happens. What is
 * scheduled for later is not waited for. What waits for a held call ends only if it hears that it was
 * cancelled. With every await replayed, it hears nothing before its call has ended.
 */
export async function untilAllEnded(ground: Ground, mode: Mode): Promise<boolean> {
  const { adminUrl } = ground.server;
  const ended = waitOrGiveUp("the end of all that the run has called", cap, async () => {
    const all = await readLineage(
      adminUrl,
      ground.invocations.map(({ id }) => id),
    );
    const open = all.filter(({ status }) => !atRest.includes(status)).map(({ id }) => id);
    if (open.length === 0) return true;
    const held = ground.allCalls.flatMap((call) => (call.held ? [call.invocation] : []));
    const { cancelled } = await readMade(
      adminUrl,
      all.map(({ id }) => id),
    );
    const hears = (id: string) => mode === "normal" && cancelled.includes(id);
    return open.some((id) => !held.includes(id) || hears(id)) ? undefined : true;
  });
  return (await ended) ?? false;
}
