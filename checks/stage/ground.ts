import type { Agents } from "./agents/agents.ts";
import type { Tap } from "./agents/passing.ts";
import type { Entrance } from "./agents/router.ts";
import type { Crossing } from "./crossing.ts";
import type { Call, Part, StageEvent } from "./events.ts";
import type { Failure } from "./failures.ts";
import { Invocation } from "./invocation.ts";
import type { StageRecord } from "./record.ts";
import { send } from "./restate/ingress.ts";
import type { RestateServer } from "./restate/server.ts";
import type { Patience } from "./stuck.ts";
import type { Entry } from "./world/ledger.ts";

/** What a ground is made of. */
export interface GroundParts {
  server: RestateServer;
  agents: Agents;
  /** They serve the services that the agents call; undefined if the agents call none, or serve them, too. */
  children: Agents | undefined;
  entrances: ReadonlyMap<Part, Entrance>;
  crossing: Crossing;
  record: StageRecord;
  patience: Patience;
}

/** Services on a Restate server, between their callers and all that they call: what a sweep needs. */
export class Ground {
  readonly server: RestateServer;
  readonly agents: Agents;
  /** How long an invocation may take before it counts as stuck. */
  readonly patience: Patience;
  protected readonly entrances: GroundParts["entrances"];
  protected readonly record: StageRecord;
  readonly #children: Agents | undefined;
  readonly #crossing: Crossing;

  constructor(parts: GroundParts) {
    this.server = parts.server;
    this.agents = parts.agents;
    this.patience = parts.patience;
    this.entrances = parts.entrances;
    this.record = parts.record;
    this.#children = parts.children;
    this.#crossing = parts.crossing;
  }

  /** All calls that agents have made since the last reset, in order of arrival. */
  get allCalls(): readonly Call[] {
    return this.#crossing.calls;
  }

  /** The effects of the calls; empty if nobody records them. */
  get effects(): readonly Entry[] {
    return [];
  }

  /** What was invoked since the last reset, in order. */
  get invocations(): readonly Invocation[] {
    return this.record.invocations;
  }

  /** Whether an invocation has called other handlers, and an attempt of one of them has begun. */
  get hasCalled(): boolean {
    const own = new Set(this.invocations.map(({ id }) => id));
    return this.events.some((event) => event.kind === "attempt" && !own.has(event.invocation));
  }

  /** What has happened since the last reset, in order. */
  get events(): readonly StageEvent[] {
    return this.record.events;
  }

  /** What the agents have printed since the last reset. */
  get log(): string {
    return this.record.printed;
  }

  /** Whether a node of the server may have been lost since the last reset. */
  get disturbed(): boolean {
    return this.record.disturbances > 0;
  }

  /** Whether a failure may still strike, or the agents or the server are down. */
  get failing(): boolean {
    return this.threatened || this.parts.some(({ live }) => live === undefined);
  }

  /** The processes of the agents and, if others serve the services that they call, of those. */
  get parts(): readonly Agents[] {
    return this.#children === undefined ? [this.agents] : [this.agents, this.#children];
  }

  /** Whether a failure may still strike. */
  get threatened(): boolean {
    const taps = [...this.entrances.values()].map(({ tap }) => tap);
    return this.#crossing.failing || taps.some((tap) => tap?.standing);
  }

  /** Whether there is a failure that may still strike but never has. */
  get spared(): boolean {
    return this.#crossing.spares;
  }

  /** How often a failure has struck. */
  get strikes(): number {
    return this.#crossing.strikes;
  }

  /** Resolves when the calls under way have ended, or were cut: until then they may have an effect. */
  settled(): Promise<void> {
    return this.#crossing.settled();
  }

  /** Whether a call to the outside is under way. */
  get busy(): boolean {
    return this.allCalls.some((call) => call.outcome === "under way");
  }

  /** Injects a failure, until the next reset or until the failure is lifted. */
  inject<Injected extends Failure>(failure: Injected): Injected {
    this.#crossing.inject(failure);
    return failure;
  }

  /**
   * Calls a handler, without waiting for its answer.
   *
   * @param target service and handler, `WeatherAgent/run`; for a virtual object, with the key between them
   * @param body JSON, unless the handler should fail to read it; undefined sends none
   * @throws {HandlerMissing} if Restate knows no such handler
   */
  async send(target: string, body: string | undefined): Promise<Invocation> {
    const id = await send(this.server.ingressUrl, target, body);
    for (const entrance of this.entrances.values()) entrance.claim(id);
    const invocation = new Invocation(this, id, target);
    this.record.invocations.push(invocation);
    return invocation;
  }

  /** Lets `tapOf` decide about each message that a part sends to Restate, until the next reset. */
  tapMessages(tapOf: (part: Part) => Tap): void {
    for (const [part, entrance] of this.entrances) entrance.tap = tapOf(part);
  }

  /** Kills the process of a part with SIGKILL. */
  kill(part: Part): void {
    (part === "agent" ? this.agents : this.#children)?.kill();
  }

  /**
   * When an invocation was due on the agents' clock, in milliseconds since 1970; undefined if it had no delay,
   * or no attempt of it has begun while the clock was behind.
   */
  dueOf(invocation: string): number | undefined {
    const dues = [...this.entrances.values()].map((entrance) => entrance.dueOf(invocation));
    return dues.find((due) => due !== undefined);
  }

  /** Records that an invocation is being cancelled. */
  noteCancelled(): void {
    this.record.tell({ kind: "invocation cancelled" });
  }

  /** Calls `listener` with everything that happens; returns a function that stops this. */
  listen(listener: (event: StageEvent) => void): () => void {
    return this.record.listen(listener);
  }
}
