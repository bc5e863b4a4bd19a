import type { AgentProcess } from "./agents/process.ts";
import type { Version } from "./agents/version.ts";
import type { Call, Service } from "./events.ts";
import { Ground, type GroundParts } from "./ground.ts";
import type { Invocation } from "./invocation.ts";
import { type Chooser, chooser } from "./seed.ts";
import type { TraceReceiver } from "./traces/receiver.ts";
import type { Entry } from "./world/ledger.ts";
import type { World } from "./world/world.ts";

/** What a stage is made of. */
export interface StageParts extends GroundParts {
  /** The service whose agents the checks call. */
  service: string;
  seed: number;
  world: World;
  traces: TraceReceiver;
  killServer: () => Promise<void>;
}

/** What a check sees: an exercise's agents on a Restate server, with a model and a world to break. */
export class Stage extends Ground {
  readonly service: string;
  readonly seed: number;
  readonly world: World;
  /** Where the agents send their spans, if they make any. */
  readonly traces: TraceReceiver;
  /** Kills the Restate server with SIGKILL; resolves once it is back. */
  readonly killServer: () => Promise<void>;

  constructor(parts: StageParts) {
    super(parts);
    this.service = parts.service;
    this.seed = parts.seed;
    this.world = parts.world;
    this.traces = parts.traces;
    this.killServer = parts.killServer;
  }

  /** The calls that agents have made to a service since the stage was last reset. */
  calls(service: Service): readonly Call[] {
    return this.allCalls.filter((call) => call.service === service);
  }

  override get effects(): readonly Entry[] {
    return this.world.ledger.entries;
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
  invokeWith(to: string, body: string): Promise<Invocation> {
    return this.send(`${this.service}/${to}`, body);
  }

  /**
   * Tells every attempt, in Restate's name, that a thousand failed before it, over a day. So a step with a
   * limit reaches it. This ends when the stage is reset or the returned function is called.
   */
  ageAttempts(): () => void {
    const age = (agesAttempts: boolean) => {
      for (const entrance of this.entrances.values()) entrance.agesAttempts = agesAttempts;
    };
    age(true);
    return () => age(false);
  }

  /** Lets the human reviewer answer a request; only the first answer counts. */
  async answerReview(id: string, approved: boolean): Promise<void> {
    this.record.tell({ kind: approved ? "reviewer approves" : "reviewer denies" });
    const { ok, status } = await fetch(`${this.world.url}/reviews/${id}/answer`, {
      method: "POST",
      body: JSON.stringify({ approved }),
    });
    if (!ok) throw new Error(`The world answered ${status} to the reviewer's answer.`);
  }

  /** Starts and warms a process with another version of the agents, for `restartAs`. */
  prepare(version: Version): Promise<AgentProcess> {
    return this.agents.prepare(version);
  }

  /** Restarts the agents as another process, like a deployment. The next check has the first one again. */
  restartAs(successor: AgentProcess): void {
    this.agents.restartAs(successor);
  }

  /**
   * Choices for the check that runs, the same in every run with this seed.
   *
   * @param turn each turn chooses differently from the one before
   */
  choices(turn = 0): Chooser {
    return chooser(`${this.seed} ${this.record.check}`, turn);
  }
}
