import { setTimeout as pause } from "node:timers/promises";
import {
  type InvocationRow,
  type JournalledStep,
  readInvocation,
  readSteps,
} from "./restate/admin.ts";
import { attach, type Ending } from "./restate/ingress.ts";
import type { Stage, StageEvent } from "./stage.ts";

/** How an invocation ended, or why it cannot end any more. */
export type Outcome = Ending | { kind: "stuck"; why: string };

// Far more than any right answer takes on two busy cores.
const cap = 8_000;
const glanceInterval = 50;
const sameFailureLimit = 3;
const suspendedGlances = 10;

/** One call of an agent, followed to its end. */
export class Invocation {
  readonly id: string;
  /** How it ended, once it has. */
  ending: Ending | undefined;
  readonly #stage: Stage;
  readonly #ended: Promise<Ending>;
  readonly #abandoned = new AbortController();

  constructor(stage: Stage, id: string) {
    this.id = id;
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
  async outcome(): Promise<Outcome> {
    const watch = new AbortController();
    try {
      return await Promise.race([this.#ended, this.#untilStuck(watch.signal)]);
    } finally {
      watch.abort();
    }
  }

  /**
   * Waits until something has happened on the stage while the invocation goes on.
   *
   * @returns true, or the outcome that came instead
   */
  async until(happened: () => boolean): Promise<true | Outcome> {
    if (happened()) return true;
    let stop = () => {};
    const came = new Promise<true>((resolve) => {
      stop = this.#stage.listen(() => happened() && resolve(true));
    });
    try {
      return await Promise.race([came, this.outcome()]);
    } finally {
      stop();
    }
  }

  /**
   * Waits until Restate's own view of the invocation is as asked.
   *
   * @returns that view, or the outcome that came instead
   */
  async untilRestateSees(as: (row: InvocationRow) => boolean): Promise<InvocationRow | Outcome> {
    const watch = new AbortController();
    const seen = (async () => {
      for await (const row of this.#glances(watch.signal)) if (as(row)) return row;
      return new Promise<never>(() => {});
    })();
    try {
      return await Promise.race([seen, this.outcome()]);
    } finally {
      watch.abort();
    }
  }

  /** The steps in its journal; complete once the invocation has ended. */
  steps(): Promise<JournalledStep[]> {
    return readSteps(this.#stage.server.adminUrl, this.id);
  }

  /** Stops following it. */
  abandon(): void {
    this.#abandoned.abort();
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
          resolve(`your code ended the agent's process: ${event.how}`);
        }
      };
      for (const event of this.#stage.events) look(event);
      const stop = this.#stage.listen(look);
      signal.addEventListener("abort", stop);
    });
  }

  async #untilUnresponsive(signal: AbortSignal): Promise<string> {
    for (;;) {
      await pause(1000, undefined, { signal });
      const live = this.#stage.agents.live;
      if (live === undefined || (await live.responds(4000))) continue;
      if (live === this.#stage.agents.live) {
        return "the agent's process is busy and answers nothing: its code loops without end";
      }
    }
  }

  /** The same failure three times with nothing broken any more, or suspended with nobody to wake it. */
  async #untilHopeless(signal: AbortSignal): Promise<string> {
    const deadline = performance.now() + cap;
    let first: InvocationRow | undefined;
    let suspended = 0;
    for await (const row of this.#glances(signal)) {
      if (performance.now() > deadline) return describeLast(row);
      if (this.#stage.failing || row.last_failure !== first?.last_failure) first = undefined;
      suspended = row.status === "suspended" && !this.#stage.busy ? suspended + 1 : 0;
      if (suspended >= suspendedGlances) return "it waits for something that never comes";
      if (row.last_failure === undefined || this.#stage.failing) continue;

      first ??= row;
      const attempts = (row.retry_count ?? 0) - (first.retry_count ?? 0);
      if (attempts >= sameFailureLimit) return `every attempt fails with: ${row.last_failure}`;
    }
    return new Promise<never>(() => {});
  }

  async *#glances(signal: AbortSignal): AsyncGenerator<InvocationRow> {
    while (!signal.aborted) {
      await pause(glanceInterval, undefined, { signal });
      const row = await readInvocation(this.#stage.server.adminUrl, this.id).catch(() => undefined);
      if (row !== undefined && row.status !== "completed" && !signal.aborted) yield row;
    }
  }
}

function describeLast(row: InvocationRow): string {
  const failure = row.last_failure ? `, last failed with: ${row.last_failure}` : "";
  return `after ${cap / 1000} s it is still ${row.status}${failure}`;
}
