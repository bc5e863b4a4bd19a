import type { Agents, Version } from "./agents/agents.ts";
import type { Tap } from "./agents/passing.ts";
import type { AgentProcess } from "./agents/process.ts";
import type { Entrance } from "./agents/router.ts";
import type { Boundary } from "./boundary.ts";
import type { Call, Part, Service, StageEvent } from "./events.ts";
import type { Failure } from "./failures.ts";
import { Invocation } from "./invocation.ts";
import type { StageRecord } from "./record.ts";
import { send } from "./restate/ingress.ts";
import type { RestateServer } from "./restate/server.ts";
import { type Chooser, chooser } from "./seed.ts";
import type { TraceReceiver } from "./traces/receiver.ts";
import type { World } from "./world/world.ts";

/** What a stage is made of. */
export interface StageParts {
  server: RestateServer;
  /** The service whose agents the checks call. */
  service: string;
  seed: number;
  world: World;
  traces: TraceReceiver;
  agents: Agents;
  /** They serve the services that the agents call; undefined if the agents call none. */
  children: Agents | undefined;
  entrances: Record<Part, Entrance>;
  boundary: Boundary;
  record: StageRecord;
  killServer: () => Promise<void>;
}

/** What a check sees: an exercise's agents on a Restate server, with a model and a world to break. */
export class Stage {
  readonly server: RestateServer;
  readonly service: string;
  readonly seed: number;
  readonly world: World;
  /** Where the agents send their spans, if they make any. */
  readonly traces: TraceReceiver;
  readonly agents: Agents;
  /** Kills the Restate server with SIGKILL; resolves once it is back. */
  readonly killServer: () => Promise<void>;
  readonly #children: Agents | undefined;
  readonly #entrances: Record<Part, Entrance>;
  readonly #boundary: Boundary;
  readonly #record: StageRecord;

  constructor(parts: StageParts) {
    this.server = parts.server;
    this.service = parts.service;
    this.seed = parts.seed;
    this.world = parts.world;
    this.traces = parts.traces;
    this.agents = parts.agents;
    this.killServer = parts.killServer;
    this.#children = parts.children;
    this.#entrances = parts.entrances;
    this.#boundary = parts.boundary;
    this.#record = parts.record;
  }

  /** The calls that agents have made to a service since the stage was last reset. */
  calls(service: Service): readonly Call[] {
    return this.#boundary.calls.filter((call) => call.service === service);
  }

  /** All calls that agents have made since the stage was last reset, in order of arrival. */
  get allCalls(): readonly Call[] {
    return this.#boundary.calls;
  }

  /** What was invoked since the stage was last reset, in order. */
  get invocations(): readonly Invocation[] {
    return this.#record.invocations;
  }

  /** Whether an invocation has called other handlers, and an attempt of one of them has begun. */
  get hasCalled(): boolean {
    const own = new Set(this.#record.invocations.map(({ id }) => id));
    return this.#record.events.some(
      (event) => event.kind === "attempt" && !own.has(event.invocation),
    );
  }

  /** What has happened since the stage was last reset, in order. */
  get events(): readonly StageEvent[] {
    return this.#record.events;
  }

  /** What the agents have printed since the stage was last reset. */
  get log(): string {
    return this.#record.printed;
  }

  /** Whether a node of the server may have been lost since the stage was last reset. */
  get disturbed(): boolean {
    return this.#record.disturbances > 0;
  }

  /** Whether a failure may still strike, or the agents or the server are down. */
  get failing(): boolean {
    return this.threatened || this.parts.some(({ live }) => live === undefined);
  }

  /** The processes of the agents and, if they call any, of the services that they call. */
  get parts(): readonly Agents[] {
    return this.#children === undefined ? [this.agents] : [this.agents, this.#children];
  }

  /** Whether a failure may still strike. */
  get threatened(): boolean {
    const taps = Object.values(this.#entrances).map(({ tap }) => tap);
    return this.#boundary.failing || taps.some((tap) => tap?.standing);
  }

  /** Whether there is a failure that may still strike but never has. */
  get spared(): boolean {
    return this.#boundary.spares;
  }

  /** Resolves when the calls under way have ended, or were cut: until then they may have an effect. */
  settled(): Promise<void> {
    return this.#boundary.settled();
  }

  /** Whether a call to the model or the world is under way. */
  get busy(): boolean {
    return this.#boundary.calls.some((call) => call.outcome === "under way");
  }

  /** Injects a failure, until the stage is reset or the failure is lifted. */
  inject<Injected extends Failure>(failure: Injected): Injected {
    this.#boundary.inject(failure);
    return failure;
  }

  /**
   * Calls a handler of the service, without waiting for its answer.
   *
   * @param to the handler's name; for a virtual object, with the key before it: `session1/message`
   * @throws {HandlerMissing} if the service has no such handler
   */
  invoke(to: string, input: unknown): Promise<Invocation> {
    return this.invokeWith(to, JSON.stringify(input));
  }

  /** Does the same, but sends the body unchanged. It need not be JSON. */
  async invokeWith(to: string, body: string): Promise<Invocation> {
    const id = await send(this.server.ingressUrl, `${this.service}/${to}`, body);
    for (const entrance of Object.values(this.#entrances)) entrance.claim(id);
    const invocation = new Invocation(this, id, to.split("/").at(-1) ?? to);
    this.#record.invocations.push(invocation);
    return invocation;
  }

  /** Lets `tapOf` decide about each message that a part sends to Restate, until the stage is reset. */
  tapMessages(tapOf: (part: Part) => Tap): void {
    this.#entrances.agent.tap = tapOf("agent");
    this.#entrances.child.tap = tapOf("child");
  }

  /** Kills the process of a part with SIGKILL. */
  kill(part: Part): void {
    (part === "agent" ? this.agents : this.#children)?.kill();
  }

  /**
   * Tells every attempt, in Restate's name, that a thousand failed before it, over a day. So a step with a
   * limit reaches it. This ends when the stage is reset or the returned function is called.
   */
  ageAttempts(): () => void {
    const age = (agesAttempts: boolean) => {
      for (const entrance of Object.values(this.#entrances)) entrance.agesAttempts = agesAttempts;
    };
    age(true);
    return () => age(false);
  }

  /** Lets the human reviewer answer a request; only the first answer counts. */
  async answerReview(id: string, approved: boolean): Promise<void> {
    this.#record.tell({ kind: approved ? "reviewer approves" : "reviewer denies" });
    const { ok, status } = await fetch(`${this.world.url}/reviews/${id}/answer`, {
      method: "POST",
      body: JSON.stringify({ approved }),
    });
    if (!ok) throw new Error(`The world answered ${status} to the reviewer's answer.`);
  }

  /** Records that an invocation is being cancelled. */
  noteCancelled(): void {
    this.#record.tell({ kind: "invocation cancelled" });
  }

  /** Starts and warms a process with another version of the agents, for `restartAs`. */
  prepare(version: Version): Promise<AgentProcess> {
    return this.agents.prepare(version);
  }

  /** Restarts the agents as another process, like a deployment. The next check has the first one again. */
  restartAs(successor: AgentProcess): void {
    this.agents.restartAs(successor);
  }

  /** Calls `listener` with everything that happens; returns a function that stops this. */
  listen(listener: (event: StageEvent) => void): () => void {
    return this.#record.listen(listener);
  }

  /**
   * Choices for the check that runs, the same in every run with this seed.
   *
   * @param turn each turn chooses differently from the one before
   */
  choices(turn = 0): Chooser {
    return chooser(`${this.seed} ${this.#record.check}`, turn);
  }
}
