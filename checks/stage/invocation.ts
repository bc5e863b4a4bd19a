import type { JournalledStep } from "./events.ts";
import { Family, glances } from "./family.ts";
import {
  cancelInvocation,
  type FamilyRow,
  killInvocation,
  retryInvocation,
} from "./restate/admin.ts";
import { attach, type Ending } from "./restate/ingress.ts";
import { hasHeardOfCancel, type Timer } from "./restate/journal.ts";
import type { RestateServer } from "./restate/server.ts";
import { type Scene, untilStuck } from "./stuck.ts";
import { waitFor } from "./wait.ts";

/** How an invocation ended, or why it cannot end any more. */
export type Outcome = Ending | { kind: "stuck"; why: string };

// Milliseconds, far more than it takes on two busy cores.
const signalCap = 20_000;

/** A stage, as an invocation looks at it and tells it what is done. */
export interface Setting extends Scene {
  readonly server: RestateServer;
  /** Whether anything that was invoked has called other handlers. */
  readonly hasCalled: boolean;
  noteCancelled(): void;
}

/** One call of an agent, followed to its end. */
export class Invocation {
  readonly id: string;
  /** The name of the handler that was called. */
  readonly handler: string;
  /** How it ended, once it has. */
  ending: Ending | undefined;
  readonly #scene: Setting;
  readonly #family: Family;
  readonly #ended: Promise<Ending>;
  readonly #abandoned = new AbortController();

  constructor(scene: Setting, id: string, handler: string) {
    this.id = id;
    this.handler = handler;
    this.#scene = scene;
    const { adminUrl, ingressUrl } = scene.server;
    this.#family = new Family(adminUrl, id, handler, () => scene.hasCalled);
    this.#ended = attach(ingressUrl, id, this.#abandoned.signal);
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
      for await (const family of this.#family.glances(glances.close, signal)) {
        const row = family.find(as);
        if (row !== undefined) return row;
      }
      return new Promise<never>(() => {});
    });
    if (!("kind" in seen) || seen.kind !== "stuck") return seen;
    // On a busy machine the evidence that it is stuck may come before the glance that was due.
    return (await this.#family.rows()).find(as) ?? seen;
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
          const stop = this.#scene.listen(tell);
          signal.addEventListener("abort", stop);
          tell();
        }),
    );
  }

  /** How often its handler was begun. */
  get attempts(): number {
    return this.#scene.events.filter(
      (event) => event.kind === "attempt" && event.invocation === this.id,
    ).length;
  }

  /** The invocations that it has called, in order. */
  called(): Promise<FamilyRow[]> {
    return this.#family.called();
  }

  /** Cancels it; resolves once Restate has told it so, whether its code knows yet or not. */
  async cancel(): Promise<void> {
    const { adminUrl } = this.#scene.server;
    this.#scene.noteCancelled();
    await cancelInvocation(adminUrl, this.id);
    await waitFor("the cancellation, in the journal", signalCap, async () =>
      (await hasHeardOfCancel(adminUrl, this.id)) ? true : undefined,
    );
  }

  /** Ends it, without running its code. */
  async kill(): Promise<void> {
    await killInvocation(this.#scene.server.adminUrl, this.id);
  }

  /** Lets it, or one that it has called, make the next attempt now, if it waits for that. */
  retryNow({ id }: FamilyRow): void {
    retryInvocation(this.#scene.server.adminUrl, id).catch(() => {});
  }

  /** Whether all that it has called has ended, or been told that it is cancelled. */
  async calledAreCancelled(): Promise<boolean> {
    const called = await this.called();
    const heard = called.map(({ id }) => hasHeardOfCancel(this.#scene.server.adminUrl, id));
    return !(await Promise.all(heard)).includes(false);
  }

  /** The timers in its journal, and in those of what it has called. */
  timers(): Promise<Timer[]> {
    return this.#family.timers();
  }

  /** The steps in its journal, and in those of what it has called; complete once that has ended. */
  steps(): Promise<JournalledStep[]> {
    return this.#family.steps();
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
    return { kind: "stuck", why: await untilStuck(this.#family, this.#scene, signal) };
  }
}
