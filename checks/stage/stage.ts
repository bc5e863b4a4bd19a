import { setTimeout as pause } from "node:timers/promises";
import type { Invoked } from "../report/timeline.ts";
import {
  type AgentEvent,
  type Agents,
  type Part,
  serveAgents,
  type Version,
} from "./agents/agents.ts";
import type { AgentProcess } from "./agents/process.ts";
import type { Attempt, Entrance } from "./agents/router.ts";
import type { Selection } from "./agents/serve.ts";
import { type Boundary, type Call, openBoundary, type Service, type Urls } from "./boundary.ts";
import { cleanEnvironment } from "./environment.ts";
import type { Failure } from "./failures.ts";
import { Invocation } from "./invocation.ts";
import type { LoopbackServer } from "./loopback.ts";
import { startScriptedModel } from "./model/model.ts";
import {
  type JournalEntry,
  killInvocation,
  readFamily,
  readJournal,
  readParent,
  readSteps,
} from "./restate/admin.ts";
import { untilDone } from "./restate/guest.ts";
import { callIngress, send } from "./restate/ingress.ts";
import type { RestateServer } from "./restate/server.ts";
import { type Chooser, chooser } from "./seed.ts";
import { startTraceReceiver, type TraceReceiver } from "./traces/receiver.ts";
import { startWorld, type World } from "./world/world.ts";

type Happening =
  /** A call to the model or the world arrives, has arrived in full, is held, or ended. */
  | { kind: "call"; call: Call }
  /** Restate begins an attempt of an invocation. */
  | ({ kind: "attempt" } & Attempt)
  | { kind: `${Part | "server"} ${"killed" | "restarted"}` }
  | { kind: "reviewer approves" | "reviewer denies" | "invocation cancelled" }
  | { kind: "agent ended itself"; how: string };

/** Something that happened on the stage, and when, in milliseconds since 1970. */
export type StageEvent = Happening & { at: number };

// Looks, 20 ms apart or more, in which nothing has changed: all that could go on has.
const restGlances = 4;

/** What is put on the stage. */
export interface StageSettings {
  /** A folder with an `app.ts` that exports `services`. */
  folder: string;
  /** The service whose agents the checks call. */
  service: string;
  server: RestateServer;
  seed: number;
  /** The services that those call, served by a process of their own; empty where there are none. */
  calls: readonly string[];
  /** Through which Restate, told of their routers, gets to the processes. */
  entrances: Record<Part, Entrance>;
  /** How many times the checks are to kill each. */
  kills: Record<Part, number>;
}

/** An exercise's agents on a Restate server, with a model and a world that can be broken. */
export class Stage {
  readonly server: RestateServer;
  readonly service: string;
  readonly seed: number;
  readonly world: World;
  /** Where the agents send their spans, if they make any. */
  readonly traces: TraceReceiver;
  readonly agents: Agents;
  /** What serves the services that the agents call, if they call any. */
  readonly children: Agents | undefined;
  readonly #entrances: readonly Entrance[];
  readonly #boundary: Boundary;
  readonly #model: { close(): Promise<void> };
  readonly #listeners: Set<(event: StageEvent) => void>;
  readonly #printed: { text: string };
  readonly #disturbances: { count: number };
  readonly #tell: (happening: Happening) => void;
  /** Kills the Restate server with SIGKILL; resolves once it is back. */
  readonly killServer: () => Promise<void>;
  #check = "";
  #invocations: Invocation[] = [];
  #events: StageEvent[] = [];

  private constructor(parts: StageParts) {
    this.server = parts.settings.server;
    this.service = parts.settings.service;
    this.seed = parts.settings.seed;
    this.world = parts.world;
    this.traces = parts.traces;
    this.agents = parts.agents;
    this.children = parts.children;
    this.#entrances = Object.values(parts.settings.entrances);
    this.#boundary = parts.boundary;
    this.#model = parts.model;
    this.#listeners = parts.listeners;
    this.#printed = parts.printed;
    this.#disturbances = parts.disturbances;
    this.#tell = parts.tell;
    this.killServer = parts.killServer;
    this.#listeners.add((event) => this.#events.push(event));
  }

  /**
   * Puts up model, world, boundary and agents.
   *
   * @throws {AgentDown} where the learner's code cannot be served
   */
  static async open(settings: StageSettings): Promise<Stage> {
    const listeners = new Set<(event: StageEvent) => void>();
    const tell = (happening: Happening) => {
      const event = { ...happening, at: performance.timeOrigin + performance.now() };
      for (const listener of listeners) listener(event);
    };
    const entrances = Object.values(settings.entrances);
    for (const entrance of entrances) {
      entrance.onAttempt = (attempt) => tell({ kind: "attempt", ...attempt });
      entrance.onDisturbance = () => {
        disturbances.count += 1;
      };
    }
    const printed = { text: "" };
    const disturbances = { count: 0 };
    // The agents take longest to start, and the boundary is all they need for it.
    const behind: {
      model?: LoopbackServer;
      world?: World;
      agents?: Agents;
      children?: Agents | undefined;
    } = {};
    const killServer = async () => {
      const { killAndRestart } = settings.server;
      if (killAndRestart === undefined) throw new Error("The server is not this run's to kill.");
      tell({ kind: "server killed" });
      await killAndRestart();
      tell({ kind: "server restarted" });
    };
    const callers = new Map<string, Promise<string | undefined>>();
    const callerOf = (called: string) => {
      const caller =
        callers.get(called) ?? readParent(settings.server.adminUrl, called).catch(() => undefined);
      callers.set(called, caller);
      return caller;
    };
    const boundary = await openBoundary({
      modelUrl: () => behind.model?.url ?? "",
      worldUrl: () => behind.world?.url ?? "",
      kill: (part) => (part === "agent" ? behind.agents : behind.children)?.kill(),
      callIngress: (request) =>
        callIngress(settings.server.ingressUrl, request, (id) => {
          for (const entrance of entrances) entrance.claim(id);
        }),
      killServer,
      onCall: (call) => tell({ kind: "call", call }),
      getToKnow: async (call) => {
        const { by, invocation } = call;
        call.run =
          by === "agent" || invocation === undefined ? invocation : await callerOf(invocation);
      },
    });
    const traces = await startTraceReceiver(0);
    const serve = (part: Part, services: Selection) =>
      serveAgents({
        folder: settings.folder,
        services,
        entrance: settings.entrances[part],
        environment: {
          ...agentEnvironment(boundary.urlsFor(part), traces.url, settings.server),
          WORKSHOP_BOUNDARY: boundary.origin,
        },
        kills: settings.kills[part],
        onEvent: (event) => tell(asStageEvent(part, event)),
        onOutput: (text) => {
          printed.text += text;
        },
      });
    const { calls } = settings;
    const opening = [
      serve("agent", { but: calls }),
      calls.length > 0 ? serve("child", { only: calls }) : undefined,
      startScriptedModel(0),
      startWorld({ seed: settings.seed, port: 0, ingressUrl: settings.server.ingressUrl }),
    ] as const;
    try {
      const [agents, children, model, world] = await Promise.all(opening);
      Object.assign(behind, { agents, children, model, world });
      return new Stage({
        settings,
        model,
        world,
        traces,
        boundary,
        agents,
        children,
        listeners,
        printed,
        disturbances,
        tell,
        killServer,
      });
    } catch (error) {
      const opened = await Promise.allSettled<{ close(): Promise<void> } | undefined>(opening);
      await Promise.all([boundary.close(), traces.close()]);
      await Promise.all(
        opened.map((part) => (part.status === "fulfilled" ? part.value?.close() : undefined)),
      );
      throw error;
    }
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
    return this.#invocations;
  }

  /** Whether something that was invoked has called other handlers, an attempt of which has begun. */
  get hasCalled(): boolean {
    const own = new Set(this.#invocations.map(({ id }) => id));
    return this.#events.some((event) => event.kind === "attempt" && !own.has(event.invocation));
  }

  /** What has happened since the stage was last reset, in order. */
  get events(): readonly StageEvent[] {
    return this.#events;
  }

  /** All that was invoked since the stage was last reset, what that called too, with its steps. */
  async invoked(): Promise<Invoked[]> {
    const families = this.#invocations.map(async (invocation) => {
      const called = this.hasCalled ? await invocation.called() : [];
      return [
        { id: invocation.id, name: invocation.handler },
        ...called.map(({ id, target }) => ({ id, name: target.split("/")[0] ?? target })),
      ];
    });
    const all = (await Promise.all(families)).flat();
    return Promise.all(
      all.map(async ({ id, name }) => ({
        id,
        name,
        steps: await readSteps(this.server.adminUrl, id),
      })),
    );
  }

  /** The journals of what was invoked, one after another. */
  async journals(invoked: readonly Invoked[]): Promise<JournalEntry[]> {
    const journals = invoked.map(({ id }) => readJournal(this.server.adminUrl, id));
    return (await Promise.all(journals)).flat();
  }

  /** What the agents have printed since the stage was last reset. */
  get log(): string {
    return this.#printed.text;
  }

  /** Whether a node of the server may have been lost since the stage was last reset. */
  get disturbed(): boolean {
    return this.#disturbances.count > 0;
  }

  /** Whether a failure may still strike, or the agents or the server are down. */
  get failing(): boolean {
    return this.threatened || this.parts.some(({ live }) => live === undefined);
  }

  /** The processes of the agents and, if they call any, of the services that they call. */
  get parts(): readonly Agents[] {
    return this.children === undefined ? [this.agents] : [this.agents, this.children];
  }

  /** Whether a failure may still strike. */
  get threatened(): boolean {
    return this.#boundary.failing;
  }

  /** Whether there is a failure that may strike, and never has. */
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

  /** Lets something go wrong from now on, until the stage is reset or the failure lifted. */
  inject<Injected extends Failure>(failure: Injected): Injected {
    this.#boundary.inject(failure);
    return failure;
  }

  /**
   * Calls a handler of the service, without waiting for its answer.
   *
   * @param to the handler's name; of a virtual object, with the key before it: `session1/message`
   * @throws {HandlerMissing} where the service has no such handler
   */
  invoke(to: string, input: unknown): Promise<Invocation> {
    return this.invokeWith(to, JSON.stringify(input));
  }

  /** Does the same with a body as it is, which need not be JSON. */
  async invokeWith(to: string, body: string): Promise<Invocation> {
    const id = await send(this.server.ingressUrl, `${this.service}/${to}`, body);
    for (const entrance of this.#entrances) entrance.claim(id);
    const invocation = new Invocation(this, id, to.split("/").at(-1) ?? to);
    this.#invocations.push(invocation);
    return invocation;
  }

  /** Waits until nothing more is called or journalled without an answer from outside. */
  async untilRest(): Promise<void> {
    let last = "";
    let same = 0;
    while (same < restGlances) {
      await pause(20);
      const families = this.#invocations.map(({ id }) => readFamily(this.server.adminUrl, id));
      const rows = (await Promise.all(families).catch(() => [])).flat();
      const now = JSON.stringify([this.#events.length, rows.map((row) => row.journal_size)]);
      same = now === last ? same + 1 : 0;
      last = now;
    }
  }

  /**
   * Lets every attempt hear from Restate that a thousand have failed before it, over a day, until the
   * stage is reset or the returned function called: what has a limit reaches it then.
   */
  ageAttempts(): () => void {
    const age = (agesAttempts: boolean) => {
      for (const entrance of this.#entrances) entrance.agesAttempts = agesAttempts;
    };
    age(true);
    return () => age(false);
  }

  /** Lets the human reviewer answer a request; the first answer stands. */
  async answerReview(id: string, approved: boolean): Promise<void> {
    this.#tell({ kind: approved ? "reviewer approves" : "reviewer denies" });
    await fetch(`${this.world.url}/reviews/${id}/answer`, {
      method: "POST",
      body: JSON.stringify({ approved }),
    });
  }

  /** Notes that an invocation is being cancelled. */
  noteCancelled(): void {
    this.#tell({ kind: "invocation cancelled" });
  }

  /** Warms a process with other agents, or with another clock, to restart as. */
  prepare(version: Version): Promise<AgentProcess> {
    return this.agents.prepare(version);
  }

  /** Restarts the agents as another process, as a deploy does; the next check has the first again. */
  restartAs(successor: AgentProcess): void {
    this.agents.restartAs(successor);
  }

  /** Is told of everything that happens; returns how to stop listening. */
  listen(listener: (event: StageEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Choices for the check that runs, the same in every run with this seed.
   *
   * @param turn each chooses otherwise than the one before
   */
  choices(turn = 0): Chooser {
    return chooser(`${this.seed} ${this.#check}`, turn);
  }

  /**
   * Makes the stage as good as new for a check, of which the name is new to it.
   *
   * @throws {AgentDown} where the learner's code cannot be served any more
   */
  async begin(check: string): Promise<void> {
    // Not at the end of the one before: mostly that was the last.
    await Promise.all(this.parts.map((part) => part.renew()));
    this.#check = check;
    this.#boundary.reset();
    for (const entrance of this.#entrances) entrance.agesAttempts = false;
    this.#events = [];
    this.#printed.text = "";
    this.#disturbances.count = 0;
    this.world.ledger.clear();
    this.traces.clear();
  }

  /** Ends what a check left running, and serves the first folder's agents again. */
  async end(): Promise<void> {
    this.#boundary.reset();
    this.agents.restore();
    const invocations = this.#invocations;
    // What an invocation has called may go on when it has ended itself, as who has lost a race.
    const mayCall = this.hasCalled ? invocations : [];
    this.#invocations = [];
    const called = mayCall.map((each) =>
      untilDone(`what ${each.id} has called`, this.server, () => each.called()),
    );
    const left = [
      ...invocations.filter(({ ending }) => ending === undefined),
      ...(await Promise.all(called)).flat().filter(({ status }) => status !== "completed"),
    ];
    for (const invocation of invocations) invocation.abandon();
    if (left.length > 0) for (const part of this.parts) part.discard();
    await Promise.all(left.map(({ id }) => killInvocation(this.server.adminUrl, id)));
    await this.settled();
  }

  async close(): Promise<void> {
    for (const invocation of this.#invocations) invocation.abandon();
    await Promise.all(this.parts.map((part) => part.close()));
    const surroundings = [this.#boundary, this.#model, this.world, this.traces];
    await Promise.all(surroundings.map((each) => each.close()));
  }
}

interface StageParts {
  settings: StageSettings;
  model: { close(): Promise<void> };
  world: World;
  traces: TraceReceiver;
  boundary: Boundary;
  agents: Agents;
  children: Agents | undefined;
  listeners: Set<(event: StageEvent) => void>;
  /** Grows with what the agents print. */
  printed: { text: string };
  /** Grows when a node of the server may have been lost. */
  disturbances: { count: number };
  tell: (happening: Happening) => void;
  killServer: () => Promise<void>;
}

/** What stands for a secret among what agents know: it must not get into names, logs or traces. */
export const apiKey = "sk-known-to-agents-only";

function agentEnvironment(urls: Urls, tracesUrl: string, { isShared }: RestateServer) {
  return cleanEnvironment({
    RESTATE_INGRESS_URL: urls.ingress,
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: urls.model,
    WORLD_URL: urls.world,
    WEATHER_API_URL: `${urls.world}/weather`,
    OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrl,
    RESTATE_LOGGING: "INFO",
    // A server of the run's own is told so itself.
    ...(isShared && { WORKSHOP_RETRIES: "short" }),
  });
}

function asStageEvent(part: Part, event: AgentEvent): Happening {
  return event.kind === "ended itself"
    ? { kind: "agent ended itself", how: event.how }
    : { kind: `${part} ${event.kind}` };
}
