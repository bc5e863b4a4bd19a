// running/: a running workshop: its ports, its log, what is around the agents, what is broken in it.

import { type InvocationRow, readInvocation } from "../../checks/stage/restate/admin.ts";
import { waitFor } from "../../checks/stage/wait.ts";

// Milliseconds. Restate records a moment later what the agents log.
const patience = 2_000;

const underWay: readonly InvocationRow["status"][] = ["pending", "ready", "running"];

/**
 * An invocation's row after an attempt has ended; undefined if Restate does not show it in time, for
 * example because the server is down.
 *
 * @param isOver whether the next attempt has begun, so asking is useless
 */
export async function askAfterAttempt(
  adminUrl: string,
  id: string,
  isOver: () => boolean,
): Promise<InvocationRow | undefined> {
  const answer = await waitFor("the end of an attempt", patience, async () => {
    if (isOver()) return "unknown";
    const row = await readInvocation(adminUrl, id).catch(() => undefined);
    if (row === undefined) return "unknown";
    return underWay.includes(row.status) ? undefined : row;
  }).catch(() => "unknown" as const);
  return answer === "unknown" ? undefined : answer;
}
