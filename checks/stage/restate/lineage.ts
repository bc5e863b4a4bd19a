import { type FamilyRow, query } from "./admin.ts";

/** Invocations, those that they have called, what these have called, and so on; in this order. */
export async function readLineage(adminUrl: string, ids: readonly string[]): Promise<FamilyRow[]> {
  const found = new Map<string, FamilyRow>();
  for (let latest = ids; latest.length > 0; ) {
    const list = latest.map((id) => `'${id}'`).join(", ");
    const rows = await query<FamilyRow>(
      adminUrl,
      `select id, target, status, retry_count, last_failure, next_retry_at, journal_size
       from sys_invocation where id in (${list}) or invoked_by_id in (${list}) order by created_at`,
    );
    const isNew = ({ id }: FamilyRow) => !found.has(id) && !latest.includes(id);
    const next = rows.filter(isNew).map(({ id }) => id);
    for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
    latest = next;
  }
  return [...found.values()];
}
