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

/** What an invocation sees of its stage, and what it tells the stage. */
export interface Setting extends Scene {
  readonly server: RestateServer;
  /** Whether an invocation on the stage has called other handlers. */
  readonly hasCalled: boolean;
  noteCancelled(): void;
}

/** One invocation of an agent, followed to its end. */
export class Invocation {
  readonly id: string;
  readonly service: string;
  /** The name of the handler that was called. */
  readonly handler: string;
  /** The key that it was called with, if it is a virtual object's. */
  readonly key: string | undefined;
  /** How it ended; undefined until then. */
  ending: Ending | undefined;
  #cancellations = 0;
  readonly #scene: Setting;
  readonly #family: Family;
  readonly #ended: Promise<Ending>;
  readonly #abandoned = new AbortController();

  /** @param target service and handler; for a virtual object, with the key between them */
  constructor(scene: Setting, id: string, target: string) {
    const [service = target, ...rest] = target.split("/");
    const [handler = target, key] = rest.reverse();
    this.id = id;
    this.service = service;
    this.handler = handler;
    this.key = key;
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
   * Waits until `as` accepts Restate's row of the invocation, or of one that it has called: an agent may
   * do a part of its work in another handler.
   *
   * @returns that row, or the outcome if it came first
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
    // On a busy machine, the evidence that it is stuck may come before the next glance: look once more.
    return (await this.#family.rows()).find(as) ?? seen;
  }

  /**
   * Waits until `look` sees something on the stage. It looks whenever anything happens.
   *
   * @returns what it saw, or the outcome if it came first
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

  /** Waits until at most this many of its steps, and of what it has called, have no result; or for its end. */
  async untilKeptBut(open: number): Promise<void> {
    await this.#outcomeOr((signal) =>
      waitFor("the results of the other steps, in the journal", signalCap, async () => {
        const left = (await this.#family.steps()).filter(({ kept }) => kept === undefined);
        return left.length <= open || signal.aborted ? true : undefined;
      }),
    );
  }

  /** How many of its attempts have begun. */
  get attempts(): number {
    return this.#scene.events.filter(
      (event) => event.kind === "attempt" && event.invocation === this.id,
    ).length;
  }

  /** The invocations that it has called, in order. */
  called(): Promise<FamilyRow[]> {
    return this.#family.called();
  }

  /** Cancels it; resolves once that is in its journal or it has ended. Its code may not know yet. */
  async cancel(): Promise<void> {
    const { adminUrl } = this.#scene.server;
    const times = ++this.#cancellations;
    this.#scene.noteCancelled();
    await cancelInvocation(adminUrl, this.id);
    await waitFor("the cancellation, in the journal", signalCap, async () =>
      (await hasHeardOfCancel(adminUrl, this.id, times)) ? true : undefined,
    );
  }

  /** Ends it without running its code. */
  async kill(): Promise<void> {
    await killInvocation(this.#scene.server.adminUrl, this.id);
  }

  /** Makes it, or one that it has called, start its next attempt now, if it waits for one. */
  retryNow({ id }: FamilyRow): void {
    retryInvocation(this.#scene.server.adminUrl, id).catch(() => {});
  }

  /** Whether each invocation that it has called has ended, or has a cancellation in its journal. */
  async calledAreCancelled(): Promise<boolean> {
    const called = await this.called();
    const heard = called.map(({ id }) => hasHeardOfCancel(this.#scene.server.adminUrl, id, 1));
    return !(await Promise.all(heard)).includes(false);
  }

  /** The timers in its journal and in those of the invocations that it has called. */
  timers(): Promise<Timer[]> {
    return this.#family.timers();
  }

  /** The steps in its journal and in those of what it has called; complete once all of them have ended. */
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
