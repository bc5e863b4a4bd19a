import { setTimeout as pause } from "node:timers/promises";
import type { JournalledStep } from "./events.ts";
import {
  type FamilyRow,
  type InvocationRow,
  readFamilies,
  readInvocation,
} from "./restate/admin.ts";
import { readSteps, readTimers, type Timer } from "./restate/journal.ts";
import { waitFor } from "./wait.ts";

// Milliseconds, far more than a server that was killed takes to come back on two busy cores.
const answerCap = 20_000;

/** Milliseconds between two queries about an invocation. Each answer costs Restate work. */
export const glances = {
  /** While a check waits for a state. */
  close: 20,
  /** While looking for evidence that nothing more will happen. */
  casual: 100,
};

/** An invocation and those that it has called, as Restate sees them. */
export class Family {
  readonly #adminUrl: string;
  readonly #id: string;
  /** The name of the handler that was called. */
  readonly #handler: string;
  /** Whether it may have called other handlers. */
  readonly #hasCalled: () => boolean;

  constructor(adminUrl: string, id: string, handler: string, hasCalled: () => boolean) {
    this.#adminUrl = adminUrl;
    this.#id = id;
    this.#handler = handler;
    this.#hasCalled = hasCalled;
  }

  /** Its own row first, then those of the invocations that it has called. */
  async rows(): Promise<FamilyRow[]> {
    const family = await this.#ask(() => readFamilies(this.#adminUrl, [this.#id]));
    const isOwn = ({ id }: FamilyRow) => id === this.#id;
    return [...family.filter(isOwn), ...family.filter((row) => !isOwn(row))];
  }

  /** The invocations that it has called, in the order in which they were made. */
  async called(): Promise<FamilyRow[]> {
    const family = await this.#ask(() => readFamilies(this.#adminUrl, [this.#id]));
    return family.filter(({ id }) => id !== this.#id);
  }

  /** The timers in all their journals. */
  timers(): Promise<Timer[]> {
    return this.#inJournals(readTimers);
  }

  /**
   * Whether one that it has called or sent runs, or will begin. Restate 1.7 does not show when a delayed one
   * begins.
   */
  async othersMove(): Promise<boolean> {
    const called = await this.called();
    return called.some(({ status }) => !["suspended", "paused", "completed"].includes(status));
  }

  /** The steps in all their journals; complete once they have ended. */
  steps(): Promise<JournalledStep[]> {
    return this.#inJournals(readSteps);
  }

  /**
   * Yields its own row, again and again until it has completed, and then the rows of the invocations that
   * it has called, if any. Restate must search all invocations for these. So with the close interval they
   * are left out while the invocation itself makes progress.
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
    const found = family.map(({ id }) => this.#ask(() => read(this.#adminUrl, id)));
    return (await Promise.all(found)).flat();
  }

  /** Asks the server, and again if it has just been killed. */
  #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return waitFor(`an answer about ${this.#id}`, answerCap, ask);
  }
}
