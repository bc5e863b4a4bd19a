import type { Invoked, JournalEntry } from "./events.ts";
import type { Ground } from "./ground.ts";
import { readJournal, readSteps } from "./restate/journal.ts";

/** All invocations of a check on a stage, and those that they called, with their steps. */
export async function invokedOn(ground: Ground): Promise<Invoked[]> {
  const families = ground.invocations.map(async (invocation) => {
    const called = ground.hasCalled ? await invocation.called() : [];
    return [
      { id: invocation.id, name: invocation.handler },
      ...called.map(({ id, target }) => ({ id, name: target.split("/")[0] ?? target })),
    ];
  });
  const all = (await Promise.all(families)).flat();
  const withSteps = all.map(async ({ id, name }) => ({
    id,
    name,
    steps: await readSteps(ground.server.adminUrl, id),
  }));
  return Promise.all(withSteps);
}

/** The entries of the invocations' journals, one journal after another. */
export async function journalsOf(
  ground: Ground,
  invoked: readonly Invoked[],
): Promise<JournalEntry[]> {
  const journals = invoked.map(({ id }) => readJournal(ground.server.adminUrl, id));
  return (await Promise.all(journals)).flat();
}
