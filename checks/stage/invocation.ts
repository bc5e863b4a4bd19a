import { setTimeout as pause } from "node:timers/promises";
import { isMismatch } from "../report/restate-words.ts";
import {
  cancelInvocation,
  type FamilyRow,
  hasHeardOfCancel,
  type InvocationRow,
  type JournalledStep,
  killInvocation,
  readFamily,
  readInvocation,
  readSteps,
  readTimers,
  retryInvocation,
  type Timer,
} from "./restate/admin.ts";
import { attach, type Ending } from "./restate/ingress.ts";
import type { Stage, StageEvent } from "./stage.ts";
import { waitFor } from "./wait.ts";

/** How an invocation ended, or why it cannot end any more. */
export type Outcome = Ending | { kind: "stuck"; why: string };

// Milliseconds, far more than a right answer ever takes on two busy cores.
const cap = 8_000;
/** A wait that only a cap has ended took at least so many milliseconds. */
export const stillness = 4_000;
const wakesLate = 3_000;
const sameFailureLimit = 3;
const suspendedGlances = 5;
const signalCap = 3_000;

/** How often Restate is asked about the invocation, in milliseconds: each answer costs it work. */
const glances = {
  /** For a state that is waited for. */
  close: 20,
  /** For evidence that there is nothing to wait for any more. */
  casual: 100,
};

/** One call of an agent, followed to its end. */
export class Invocation {
  readonly id: string;
  /** The name of the handler that was called. */
  readonly handler: string;
  /** How it ended, once it has. */
  ending: Ending | undefined;
  readonly #stage: Stage;
  readonly #ended: Promise<Ending>;
  readonly #abandoned = new AbortController();

  constructor(stage: Stage, id: string, handler: string) {
    this.id = id;
    this.handler = handler;
    this.#stage = stage;
    this.#ended = attach(stage.server.ingressUrl, id, this.#abandoned.signal);
    this.#ended.then(
      (ending) => {
        this.ending = ending;
      },
      () => {},
    );
  }

  /** Waits until the invocation has ended, or there is evidence that it never will. */
  outcome(): Promise<Outcome> {
    return this.#outcomeOr(() => new Promise<never>(() => {}));
  }

  /**
   * Waits until Restate's own view of the invocation is as asked, or of one that it has called: an
   * agent may do a part of its work in a handler of its own.
   *
   * @returns that view, or the outcome that came instead
   */
  async untilRestateSees(as: (row: FamilyRow) => boolean): Promise<FamilyRow | Outcome> {
    const seen = await this.#outcomeOr(async (signal) => {
      for await (const family of this.#glances(glances.close, signal)) {
        const row = family.find(as);
        if (row !== undefined) return row;
      }
      return new Promise<never>(() => {});
    });
    if (!("kind" in seen) || seen.kind !== "stuck") return seen;
    // On a busy machine the evidence that it is stuck may come before the glance that was due.
    return (await this.#family()).find(as) ?? seen;
  }

  /**
   * Waits until something can be seen on the stage, which is looked at whenever anything happens.
   *
   * @returns what was seen, or the outcome that came instead
   */
  untilSeen<Seen extends object>(look: () => Seen | undefined): Promise<Seen | Outcome> {
    return this.#outcomeOr(
      (signal) =>
        new Promise((resolve) => {
          const tell = () => {
            const seen = look();
            if (seen !== undefined) resolve(seen);
          };
          const stop = this.#stage.listen(tell);
          signal.addEventListener("abort", stop);
          tell();
        }),
    );
  }

  /** How often its handler was begun. */
  get attempts(): number {
    return this.#stage.events.filter(
      (event) => event.kind === "attempt" && event.invocation === this.id,
    ).length;
  }

  /** The invocations that it has called, in order. */
  async called(): Promise<FamilyRow[]> {
    const family = await readFamily(this.#stage.server.adminUrl, this.id);
    return family.filter(({ id }) => id !== this.id);
  }

  /** Cancels it; resolves once Restate has told it so, whether its code knows yet or not. */
  async cancel(): Promise<void> {
    const { adminUrl } = this.#stage.server;
    this.#stage.noteCancelled();
    await cancelInvocation(adminUrl, this.id);
    await waitFor("the cancellation, in the journal", signalCap, async () =>
      (await hasHeardOfCancel(adminUrl, this.id)) ? true : undefined,
    );
  }

  /** Ends it, without running its code. */
  async kill(): Promise<void> {
    await killInvocation(this.#stage.server.adminUrl, this.id);
  }

  /** Lets it, or one that it has called, make the next attempt now, if it waits for that. */
  retryNow({ id }: FamilyRow): void {
    retryInvocation(this.#stage.server.adminUrl, id).catch(() => {});
  }

  /** Whether all that it has called has ended, or been told that it is cancelled. */
  async calledAreCancelled(): Promise<boolean> {
    const called = await this.called();
    const heard = called.map(({ id }) => hasHeardOfCancel(this.#stage.server.adminUrl, id));
    return !(await Promise.all(heard)).includes(false);
  }

  /** The timers in its journal, and in those of what it has called. */
  timers(): Promise<Timer[]> {
    return this.#inJournals(readTimers);
  }

  /** The steps in its journal, and in those of what it has called; complete once that has ended. */
  steps(): Promise<JournalledStep[]> {
    return this.#inJournals(readSteps);
  }

  /** Stops following it. */
  abandon(): void {
    this.#abandoned.abort();
  }

  async #outcomeOr<Other>(
    other: (signal: AbortSignal) => Promise<Other>,
  ): Promise<Outcome | Other> {
    const watch = new AbortController();
    const { signal } = watch;
    try {
      return await Promise.race([other(signal), this.#ended, this.#untilStuck(signal)]);
    } finally {
      watch.abort();
    }
  }

  async #untilStuck(signal: AbortSignal): Promise<Outcome> {
    const why = await Promise.race([
      this.#untilEndedItself(signal),
      this.#untilUnresponsive(signal),
      this.#untilHopeless(signal),
    ]);
    return { kind: "stuck", why };
  }

  #untilEndedItself(signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      const look = (event: StageEvent) => {
        if (event.kind === "agent ended itself") {
          resolve(`the agent's process is gone: ${event.how}`);
        }
      };
      for (const event of this.#stage.events) look(event);
      const stop = this.#stage.listen(look);
      signal.addEventListener("abort", stop);
    });
  }

  async #untilUnresponsive(signal: AbortSignal): Promise<string> {
    for (;;) {
      await pause(500, undefined, { signal });
      for (const part of this.#stage.parts) {
        const { live } = part;
        if (live === undefined || (await live.responds(3000)) || live !== part.live) continue;
        return "the agent's process is busy and answers nothing: its code loops without end";
      }
    }
  }

  /**
   * The same failure three times, with nothing broken any more and no progress, or suspended with
   * nobody to wake it.
   */
  async #untilHopeless(signal: AbortSignal): Promise<string> {
    const deadline = performance.now() + cap;
    let first: InvocationRow | undefined;
    // Of all their journals: as long as they grow, it gets further, failing or not.
    let sizeThen = 0;
    let suspended = 0;
    let stillSince = performance.now();
    const stop = this.#stage.listen(() => {
      stillSince = performance.now();
    });
    signal.addEventListener("abort", stop);
    for await (const all of this.#glances(glances.casual, signal)) {
      const family = all.filter(({ status }) => status !== "completed");
      const size = all.reduce((sum, { journal_size = 0 }) => sum + journal_size, 0);
      // What fails is told by who fails, be it the invocation or one that it waits for.
      const row = family.find(({ last_failure }) => last_failure !== undefined) ?? all[0];
      if (performance.now() > deadline) return describeLast(row);
      if (this.#stage.failing || this.#stage.busy) stillSince = performance.now();
      const backingOff = family.some(({ status }) => status === "backing-off");
      if (!backingOff && performance.now() - stillSince > stillness) {
        return `it is ${row.status}, and for ${stillness / 1000} s has called nothing${words(row)}`;
      }
      // One that it has called may still be at work, and bring the next attempt further.
      const atWork = all.some(
        ({ status }, place) => place > 0 && /running|ready|pending/.test(status),
      );
      // A mismatch is in the code, whatever goes on beside it.
      const moves = !isMismatch(row.last_failure ?? "") && (atWork || size !== sizeThen);
      if (this.#stage.failing || moves || !sameFailure(row, first)) first = undefined;
      sizeThen = size;
      const allSuspended = family.every(({ status }) => status === "suspended");
      suspended = allSuspended && !this.#stage.busy ? suspended + 1 : 0;
      if (suspended >= suspendedGlances && !(await this.#wakesBefore(deadline))) {
        return "it waits for something that never comes";
      }
      if (row.last_failure === undefined || this.#stage.failing || lostConnection(row)) continue;

      first ??= row;
      const attempts = (row.retry_count ?? 0) - (first.retry_count ?? 0);
      if (attempts >= sameFailureLimit) return `every attempt fails with: ${row.last_failure}`;
    }
    return new Promise<never>(() => {});
  }

  /** Its own row, and then those of what it has called. */
  async #family(): Promise<FamilyRow[]> {
    const family = await readFamily(this.#stage.server.adminUrl, this.id);
    const isOwn = ({ id }: FamilyRow) => id === this.id;
    return [...family.filter(isOwn), ...family.filter((row) => !isOwn(row))];
  }

  async #inJournals<Entry>(read: (adminUrl: string, id: string) => Promise<Entry[]>) {
    const family = await this.#family();
    const found = family.map(({ id }) => read(this.#stage.server.adminUrl, id));
    return (await Promise.all(found)).flat();
  }

  /**
   * Whether a timer that it has set is over by then, on the clock of `performance`, or was just now:
   * a busy server wakes it late.
   */
  async #wakesBefore(deadline: number): Promise<boolean> {
    const timers = await this.timers();
    const atMost = performance.timeOrigin + deadline;
    return timers.some(({ overAt }) => overAt > Date.now() - wakesLate && overAt < atMost);
  }

  /**
   * Its own row, again and again until it has completed, and behind it those of what it has called, if
   * anything. For them Restate must look through all invocations: a close look leaves them out while it
   * moves.
   */
  async *#glances(
    interval: number,
    signal: AbortSignal,
  ): AsyncGenerator<[FamilyRow, ...FamilyRow[]]> {
    let then: InvocationRow | undefined;
    let askedFamilyAt = 0;
    while (!signal.aborted) {
      await pause(interval, undefined, { signal });
      const own = await readInvocation(this.#stage.server.adminUrl, this.id).catch(() => undefined);
      if (own === undefined || own.status === "completed" || signal.aborted) continue;
      const moves = own.status !== then?.status || own.journal_size !== then?.journal_size;
      then = own;
      const row = { ...own, id: this.id, target: this.handler };
      const isDue = performance.now() - askedFamilyAt > glances.casual / 2;
      if (!this.#stage.hasCalled || (interval === glances.close && (moves || !isDue))) {
        yield [row];
        continue;
      }
      const [, ...others] = await this.#family().catch(() => []);
      askedFamilyAt = performance.now();
      yield [row, ...others];
    }
  }
}

function describeLast(row: InvocationRow): string {
  return `after ${cap / 1000} s it is still ${row.status}${words(row)}`;
}

function words({ last_failure }: InvocationRow): string {
  return last_failure === undefined ? "" : `; its last failure: ${last_failure}`;
}

/** Whether two failures are the same but for numbers and ids, which may change with each attempt. */
function sameFailure(one: InvocationRow, other: InvocationRow | undefined): boolean {
  const essence = (row?: InvocationRow) => row?.last_failure?.replace(/[0-9a-f-]{6,}|\d+/gi, "#");
  return essence(one) === essence(other);
}

/** Restate could not reach the agents' process, as happens when it is killed: not their failure. */
function lostConnection({ last_failure = "" }: InvocationRow): boolean {
  return /error when calling|connection/i.test(last_failure);
}
