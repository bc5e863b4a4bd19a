import type { Invoked, JournalEntry } from "./events.ts";
import type { Ground } from "./ground.ts";
import { readJournal, readSteps } from "./restate/journal.ts";
import { readLineage } from "./restate/lineage.ts";

/** All invocations of a check on a stage, and all that they have called, with their steps. */
export async function invokedOn(ground: Ground): Promise<Invoked[]> {
  const { adminUrl } = ground.server;
  const { invocations } = ground;
  const ids = invocations.map(({ id }) => id);
  const lineage = ground.hasCalled ? await readLineage(adminUrl, ids) : [];
  const called = lineage.filter(({ id }) => !ids.includes(id));
  const own = new Set(invocations.map(({ service }) => service));
  const all = [
    ...invocations.map(({ id, handler }) => ({ id, name: handler })),
    ...called.map(({ id, target }) => ({ id, name: nameOf(target, own) })),
  ];
  return Promise.all(
    all.map(async (each) => ({ ...each, steps: await readSteps(adminUrl, each.id) })),
  );
}

/** What another service does has that service's name. A service that calls itself has several handlers. */
function nameOf(target: string, own: ReadonlySet<string>): string {
  const [service = target, ...rest] = target.split("/");
  return own.has(service) ? (rest.at(-1) ?? service) : service;
}

/** The entries of the invocations' journals, one journal after another. */
export async function journalsOf(
  ground: Ground,
  invoked: readonly Invoked[],
): Promise<JournalEntry[]> {
  const journals = invoked.map(({ id }) => readJournal(ground.server.adminUrl, id));
  return (await Promise.all(journals)).flat();
}
