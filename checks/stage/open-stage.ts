import { agentEnvironment } from "./agent-environment.ts";
import type { Agents } from "./agents/agents.ts";
import { serveAgents } from "./agents/cast.ts";
import { startAgents } from "./agents/process.ts";
import type { Selection } from "./agents/role.ts";
import type { Entrance } from "./agents/router.ts";
import { settingsOf } from "./agents/version.ts";
import { openBoundary } from "./boundary.ts";
import type { Happening, Part } from "./events.ts";
import type { LoopbackServer } from "./loopback.ts";
import { startScriptedModel } from "./model/model.ts";
import { StageRecord } from "./record.ts";
import { killInvocation, readParent } from "./restate/admin.ts";
import { untilDone } from "./restate/guest.ts";
import { callIngress } from "./restate/ingress.ts";
import { delayIn, withDelay } from "./restate/ingress-delay.ts";
import { readLineage } from "./restate/lineage.ts";
import type { RestateServer } from "./restate/server.ts";
import { Stage } from "./stage.ts";
import { patience } from "./stuck.ts";
import { startTraceReceiver } from "./traces/receiver.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world/world.ts";

// Milliseconds, far more than a server that was killed takes to come back on two busy cores.
const callerCap = 20_000;
// Milliseconds, far more than Restate takes to end what is killed.
const endCap = 20_000;

/** What is put on the stage. */
export interface StageSettings {
  /** A folder with an `app.ts` that exports `services`. */
  folder: string;
  /** The service whose agents the checks call. */
  service: string;
  server: RestateServer;
  seed: number;
  /** The services that those agents call. A process of their own serves them. Empty if there are none. */
  calls: readonly string[];
  /** How Restate reaches the processes. It knows their routers' addresses. */
  entrances: Record<Part, Entrance>;
  /** How many times the checks will kill each process. */
  kills: Record<Part, number>;
}

/** A stage, with what prepares it for each check. */
export interface OpenStage {
  readonly stage: Stage;
  /**
   * Resets the stage for a check with this name.
   *
   * @throws {AgentDown} if the learner's code can no longer be served
   */
  begin(check: string): Promise<void>;
  /** Ends what a check left running, and serves the unchanged agents again. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the model, the world, the boundary and the agents.
 *
 * @throws {AgentDown} if the learner's code cannot be served
 */
export async function openStage(settings: StageSettings): Promise<OpenStage> {
  const { server } = settings;
  const record = new StageRecord();
  const tell = (happening: Happening) => record.tell(happening);
  const entrances = Object.values(settings.entrances);
  for (const entrance of entrances) record.follow(entrance);
  // The boundary starts before these: the agents take longest to start and need nothing else for it.
  const behind: {
    model?: LoopbackServer;
    world?: World;
    agents?: Agents;
    children?: Agents | undefined;
  } = {};
  let serverIsBack = Promise.resolve();
  const killServer = () => {
    const { killAndRestart } = server;
    if (killAndRestart === undefined) throw new Error("The server is not this run's to kill.");
    // Two calls may be struck at the same time.
    serverIsBack = serverIsBack.then(async () => {
      tell({ kind: "server killed" });
      await killAndRestart();
      tell({ kind: "server restarted" });
    });
    return serverIsBack;
  };
  const callers = new Map<string, Promise<string | undefined>>();
  const callerOf = (called: string) => {
    const caller =
      callers.get(called) ??
      waitFor(`the caller of ${called}`, callerCap, async () => {
        return { id: await readParent(server.adminUrl, called) };
      }).then(
        ({ id }) => id,
        () => undefined,
      );
    callers.set(called, caller);
    return caller;
  };
  const boundary = await openBoundary({
    modelUrl: () => behind.model?.url ?? "",
    worldUrl: () => behind.world?.url ?? "",
    kill: (part) => (part === "agent" ? behind.agents : behind.children)?.kill(),
    callIngress: (request) => {
      const { time } = behind.agents ?? { time: Date.now() };
      const delay = delayIn(request.path);
      const dueAt = delay === undefined ? undefined : time + delay;
      // Restate counts a delay from its own clock, but it must end when the agents' clock shows the time.
      const path = dueAt === undefined ? request.path : withDelay(request.path, dueAt - Date.now());
      return callIngress(server.ingressUrl, { ...request, path }, (id) => {
        for (const entrance of entrances) {
          entrance.claim(id);
          if (dueAt !== undefined) entrance.noteDue(id, dueAt);
        }
      });
    },
    killServer,
    onCall: (call) => tell({ kind: "call", call }),
    getToKnow: async (call, attempt) => {
      const { by, invocation } = call;
      call.steps = await settings.entrances[by].stepsDuring(attempt);
      call.run =
        by === "agent" || invocation === undefined ? invocation : await callerOf(invocation);
    },
  });
  const traces = await startTraceReceiver(0);
  const serve = (part: Part, services: Selection) =>
    serveAgents({
      start: (version, environment) =>
        startAgents({
          ...settingsOf(version),
          folders: [settings.folder],
          services,
          port: 0,
          environment,
          onOutput: (text) => {
            record.printed += text;
          },
        }),
      entrance: settings.entrances[part],
      openDoor: async () => {
        const { urls, close } = boundary.openDoor(part);
        const known = agentEnvironment(urls, traces.url, server);
        return { environment: { ...known, WORKSHOP_BOUNDARY: boundary.origin }, close };
      },
      kills: settings.kills[part],
      onEvent: (event) => record.tellOfProcess(part, event),
    });
  const { calls } = settings;
  const opening = [
    serve("agent", { but: calls }),
    calls.length > 0 ? serve("child", { only: calls }) : undefined,
    startScriptedModel(0),
    startWorld({ seed: settings.seed, port: 0, ingressUrl: server.ingressUrl }),
  ] as const;
  try {
    const [agents, children, model, world] = await Promise.all(opening);
    Object.assign(behind, { agents, children, model, world });
    const { service, seed } = settings;
    const stage = new Stage({
      server,
      service,
      seed,
      world,
      traces,
      agents,
      children,
      entrances: new Map([
        ["agent", settings.entrances.agent],
        ["child", settings.entrances.child],
      ]),
      crossing: boundary.crossing,
      record,
      patience,
      killServer,
    });
    return {
      stage,
      begin: async (check) => {
        // Not at the end of the check before: usually no other check follows that one.
        await Promise.all(stage.parts.map((part) => part.renew()));
        boundary.crossing.reset();
        record.begin(check);
        for (const entrance of entrances) {
          entrance.agesAttempts = false;
          entrance.tap = undefined;
          entrance.forget();
        }
        world.ledger.clear();
        traces.clear();
      },
      end: async () => {
        boundary.crossing.reset();
        await agents.restore();
        await endInvocations(
          stage,
          record,
          entrances.some(({ hasSent }) => hasSent),
        );
        await stage.settled();
      },
      close: async () => {
        for (const invocation of record.invocations) invocation.abandon();
        await Promise.all(stage.parts.map((part) => part.close()));
        await Promise.all([boundary, model, world, traces].map((each) => each.close()));
      },
    };
  } catch (error) {
    const opened = await Promise.allSettled<{ close(): Promise<void> } | undefined>(opening);
    await Promise.all([boundary.close(), traces.close()]);
    await Promise.all(
      opened.map((part) => (part.status === "fulfilled" ? part.value?.close() : undefined)),
    );
    throw error;
  }
}

/** Ends the invocations that still run, and all that they have called. */
async function endInvocations(stage: Stage, record: StageRecord, hasSent: boolean): Promise<void> {
  const { server, parts } = stage;
  const { invocations } = record;
  // What an invocation has called may continue after its caller has ended, like the loser of a race, or
  // begin later.
  const callers = stage.hasCalled || hasSent ? invocations.map(({ id }) => id) : [];
  record.invocations = [];
  const readOpen = async () => {
    const lineage = await untilDone("what was called", server, () =>
      readLineage(server.adminUrl, callers),
    );
    return lineage.filter(({ id, status }) => status !== "completed" && !callers.includes(id));
  };
  const left = invocations.filter(({ ending }) => ending === undefined);
  for (const invocation of invocations) invocation.abandon();
  const open = await readOpen();
  // What is only scheduled runs in no process.
  const isOver = left.length === 0 && open.every(({ status }) => status === "scheduled");
  if (!isOver) for (const part of parts) part.discard();
  await Promise.all(left.map(({ id }) => killInvocation(server.adminUrl, id)));
  if (open.length === 0) return;
  // What a process has sent just before its end may come into being a moment later.
  await waitFor("the end of what was called", endCap, async () => {
    const still = await readOpen();
    await Promise.all(still.map(({ id }) => killInvocation(server.adminUrl, id)));
    return still.length === 0 || undefined;
  });
}
