import type { Happening, StageEvent } from "./events.ts";
import type { Invocation } from "./invocation.ts";

/** What has happened on a stage since a check began, and the listeners for what happens next. */
export class StageRecord {
  /** The name of the check that runs. */
  check = "";
  events: StageEvent[] = [];
  invocations: Invocation[] = [];
  /** What the agents have printed. */
  printed = "";
  /** How often a node of the server may have been lost. */
  disturbances = 0;
  readonly #listeners = new Set<(event: StageEvent) => void>();

  tell(happening: Happening): void {
    const event = { ...happening, at: performance.timeOrigin + performance.now() };
    this.events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls `listener` with everything that happens; returns a function that stops this. */
  listen(listener: (event: StageEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts again for another check. */
  begin(check: string): void {
    this.check = check;
    this.events = [];
    this.printed = "";
    this.disturbances = 0;
  }
}
