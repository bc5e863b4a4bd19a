import { type FamilyRow, readFamilies } from "./admin.ts";

/** Invocations, those that they have called, what these have called, and so on; in this order. */
export async function readLineage(adminUrl: string, ids: readonly string[]): Promise<FamilyRow[]> {
  const found = new Map<string, FamilyRow>();
  for (let latest = ids; latest.length > 0; ) {
    const rows = await readFamilies(adminUrl, latest);
    const isNew = ({ id }: FamilyRow) => !found.has(id) && !latest.includes(id);
    const next = rows.filter(isNew).map(({ id }) => id);
    for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
    latest = next;
  }
  return [...found.values()];
}
