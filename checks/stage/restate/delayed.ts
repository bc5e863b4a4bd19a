import { waitFor } from "../wait.ts";
import { type InvocationRow, query } from "./admin.ts";

// Milliseconds, far more than a server that was killed takes to come back on two busy cores.
const cap = 20_000;

/** An invocation that may be delayed. */
export interface Delayed extends Pick<InvocationRow, "status" | "retry_count"> {
  id: string;
  /** When it begins or was due, an ISO date; missing if it has no delay. */
  scheduled_start_at?: string;
}

/** When a delayed invocation begins or was due, in milliseconds since 1970; undefined if it has no delay. */
export async function readDue(adminUrl: string, id: string): Promise<number | undefined> {
  const [row] = await readDelayed(adminUrl, `id = '${id}'`);
  return row?.scheduled_start_at === undefined ? undefined : Date.parse(row.scheduled_start_at);
}

/** Invocations by their ids, those that they have made, and those of an object's key. */
export function readAround(
  adminUrl: string,
  ids: readonly string[],
  key: string,
): Promise<Delayed[]> {
  const list = ids.map((id) => `'${id}'`).join(", ") || "''";
  return readDelayed(
    adminUrl,
    `id in (${list}) or invoked_by_id in (${list}) or target_service_key = '${key}'`,
  );
}

/** Restate 1.7 leaves out when one begins unless the query also selects when it was scheduled. */
function readDelayed(adminUrl: string, which: string): Promise<Delayed[]> {
  return waitFor("an answer about delayed invocations", cap, () =>
    query<Delayed>(
      adminUrl,
      `select id, status, retry_count, scheduled_at, scheduled_start_at from sys_invocation where ${which}`,
    ),
  );
}
