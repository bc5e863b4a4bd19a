import { setTimeout as pause } from "node:timers/promises";
import type { JournalledStep } from "./events.ts";
import { type FamilyRow, type InvocationRow, readFamily, readInvocation } from "./restate/admin.ts";
import { readSteps, readTimers, type Timer } from "./restate/journal.ts";

/** How often Restate is asked about an invocation, in milliseconds: each answer costs it work. */
export const glances = {
  /** For a state that is waited for. */
  close: 20,
  /** For evidence that there is nothing to wait for any more. */
  casual: 100,
};

/** An invocation and those that it has called, as Restate sees them. */
export class Family {
  readonly #adminUrl: string;
  readonly #id: string;
  /** The name of the handler that was called. */
  readonly #handler: string;
  /** Whether anything can have been called. */
  readonly #hasCalled: () => boolean;

  constructor(adminUrl: string, id: string, handler: string, hasCalled: () => boolean) {
    this.#adminUrl = adminUrl;
    this.#id = id;
    this.#handler = handler;
    this.#hasCalled = hasCalled;
  }

  /** Its own row, and then those of what it has called. */
  async rows(): Promise<FamilyRow[]> {
    const family = await readFamily(this.#adminUrl, this.#id);
    const isOwn = ({ id }: FamilyRow) => id === this.#id;
    return [...family.filter(isOwn), ...family.filter((row) => !isOwn(row))];
  }

  /** The invocations that it has called, in the order in which they were made. */
  async called(): Promise<FamilyRow[]> {
    const family = await readFamily(this.#adminUrl, this.#id);
    return family.filter(({ id }) => id !== this.#id);
  }

  /** The timers in all their journals. */
  timers(): Promise<Timer[]> {
    return this.#inJournals(readTimers);
  }

  /** The steps in all their journals; complete once they have ended. */
  steps(): Promise<JournalledStep[]> {
    return this.#inJournals(readSteps);
  }

  /**
   * Its own row, again and again until it has completed, and behind it those of what it has called, if
   * anything. For them Restate must look through all invocations: a close look leaves them out while it
   * moves.
   */
  async *glances(
    interval: number,
    signal: AbortSignal,
  ): AsyncGenerator<[FamilyRow, ...FamilyRow[]]> {
    let then: InvocationRow | undefined;
    let askedFamilyAt = 0;
    while (!signal.aborted) {
      await pause(interval, undefined, { signal });
      const own = await readInvocation(this.#adminUrl, this.#id).catch(() => undefined);
      if (own === undefined || own.status === "completed" || signal.aborted) continue;
      const moves = own.status !== then?.status || own.journal_size !== then?.journal_size;
      then = own;
      const row = { ...own, id: this.#id, target: this.#handler };
      const isDue = performance.now() - askedFamilyAt > glances.casual / 2;
      if (!this.#hasCalled() || (interval === glances.close && (moves || !isDue))) {
        yield [row];
        continue;
      }
      const [, ...others] = await this.rows().catch(() => []);
      askedFamilyAt = performance.now();
      yield [row, ...others];
    }
  }

  async #inJournals<Entry>(read: (adminUrl: string, id: string) => Promise<Entry[]>) {
    const family = await this.rows();
    const found = family.map(({ id }) => read(this.#adminUrl, id));
    return (await Promise.all(found)).flat();
  }
}
