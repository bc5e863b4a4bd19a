import type { AgentEvent } from "./agents/agents.ts";
import type { Entrance } from "./agents/router.ts";
import type { Happening, Part, StageEvent } from "./events.ts";
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

  /** Records what happens to the processes of a part. */
  tellOfProcess(part: Part, event: AgentEvent): void {
    this.tell(
      event.kind === "ended itself"
        ? { kind: "agent ended itself", how: event.how }
        : { kind: `${part} ${event.kind}` },
    );
  }

  /** Records the attempts and disturbances at an entrance. */
  follow(entrance: Entrance): void {
    entrance.onAttempt = (attempt) => this.tell({ kind: "attempt", ...attempt });
    entrance.onDisturbance = () => {
      this.disturbances += 1;
    };
  }

  /**
   * Calls `listener` with everything that happens, until another check begins; returns a function that stops
   * this.
   */
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
    this.#listeners.clear();
  }
}
