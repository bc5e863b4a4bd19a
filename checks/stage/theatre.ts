import { AgentDown } from "./agents/process.ts";
import { type Router, startRouter } from "./agents/router.ts";
import type { Stages } from "./asked.ts";
import { CouldNotRun } from "./could-not-run.ts";
import type { Part } from "./events.ts";
import { type OpenStage, openStage, type StageSettings } from "./open-stage.ts";
import {
  type Deployment,
  type Mode,
  NotTaken,
  readMode,
  readParent,
  register,
  setMode,
} from "./restate/admin.ts";
import { readDue } from "./restate/delayed.ts";
import { leave, registerAsGuest, untilDone } from "./restate/guest.ts";
import type { Stage } from "./stage.ts";

/** One stage, or two side by side, on one Restate server. Services from elsewhere have a ground instead of a stage. */
export interface Theatre<On = Stage> {
  /**
   * Runs a check when its turn comes. A check that kills a process runs on the stage with spares, any
   * other on the stage that is free first.
   */
  perform(check: Performance<On>): Promise<void>;
  /** Puts the service and those it calls in a mode, on every stage. */
  setMode(mode: Mode): Promise<void>;
  /** @throws if the server says that one of them is in another mode */
  expectMode(mode: Mode): Promise<void>;
  close(): Promise<void>;
}

/** What is done on a stage. */
export interface Performance<On = Stage> {
  /** The stage's choices depend on it, so it is the same in every run. */
  name: string;
  kills: boolean;
  act: (on: On) => Promise<void>;
}

/** The learner's code serves no service with the expected name. */
export class ServiceMissing extends Error {}

/**
 * Opens a theatre. The stage for kills may still be opening when this resolves.
 *
 * @throws {AgentDown} if the learner's code cannot be served
 * @throws {ServiceMissing} if it serves no service of that name
 * @throws {CouldNotRun} if a server that others use too already has such a service
 */
export async function openTheatre(
  settings: Omit<StageSettings, "entrances"> & { stages: Stages },
): Promise<Theatre> {
  const { server, service, calls } = settings;
  const services = [service, ...calls];
  const { address, name } = server.wayBack;
  const start = () =>
    startRouter(address, {
      parentOf: (invocation) => readParent(server.adminUrl, invocation),
      dueAt: (invocation) => readDue(server.adminUrl, invocation),
    });
  // As in production, the services that an agent calls are another deployment.
  const routers: Record<Part, Router> = { agent: await start(), child: await start() };
  const open = (kills: Record<Part, number>) =>
    openStage({
      ...settings,
      kills,
      entrances: { agent: routers.agent.openEntrance(), child: routers.child.openEntrance() },
    });
  const apart = settings.stages === 2 && settings.kills.agent + settings.kills.child > 0;
  const first = open(apart ? { agent: 0, child: 0 } : settings.kills);
  const forKills = apart ? first.then(() => open(settings.kills)) : undefined;
  const stages = forKills ? [first, forKills] : [first];
  for (const stage of stages) stage.catch(() => {});

  const deployments: Deployment[] = [];
  const put = async ({ port }: Router) => {
    const agentsUrl = `http://${name}:${port}`;
    const deployment = server.isShared
      ? await registerAsGuest(server, agentsUrl)
      : await register(server.adminUrl, agentsUrl);
    deployments.push(deployment);
    return deployment.services;
  };

  const close = async () => {
    if (server.isShared) await leave(server, deployments);
    for (const opened of await Promise.allSettled(stages)) {
      if (opened.status === "fulfilled") await opened.value.close();
    }
    await Promise.all([routers.agent.close(), routers.child.close()]);
  };
  try {
    await Promise.all([first, server.ready()]);
    const names = await put(routers.agent).catch((error) => {
      throw error instanceof NotTaken
        ? new AgentDown(`Restate does not accept these agents: ${error.message}`)
        : error;
    });
    if (calls.length > 0) {
      // Restate rejects a deployment without services. The missing service is reported below.
      const called = put(routers.child).catch((error) => {
        if (error instanceof CouldNotRun) throw error;
        return [];
      });
      names.push(...(await called));
    }
    const missing = services.find((each) => !names.includes(each));
    if (missing !== undefined) {
      throw new ServiceMissing(
        `The exercise serves ${names.join(", ") || "nothing"}, but not ${missing}.`,
      );
    }
  } catch (error) {
    await close();
    throw error;
  }

  const queue = new Queue();
  queue.serve(first, ({ kills }) => !(kills && apart));
  if (forKills) queue.serve(forKills, () => true);
  return {
    perform: (check) => queue.add(check),
    setMode: async (mode) => {
      for (const each of services) {
        await untilDone(`mode ${mode} of ${each}`, server, () =>
          setMode(server.adminUrl, each, mode),
        );
      }
    },
    expectMode: async (mode) => {
      for (const each of services) {
        await untilDone(`mode ${mode} of ${each}`, server, async () => {
          const actual = await readMode(server.adminUrl, each);
          if (actual !== mode) throw new Error(`${each} is in mode ${actual}, and not ${mode}.`);
        });
      }
    },
    close,
  };
}

interface Waiting {
  check: Performance;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** The checks that wait for a stage. A free stage takes the first check that it may run. */
class Queue {
  #waiting: Waiting[] = [];
  #wake: (() => void)[] = [];

  add(check: Performance): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ check, resolve, reject });
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  /** Lets a stage take checks, one after another, without end. */
  async serve(opening: Promise<OpenStage>, may: (check: Performance) => boolean): Promise<never> {
    for (;;) {
      const { check, resolve, reject } = await this.#next(may);
      await performOn(opening, check).then(resolve, reject);
    }
  }

  async #next(may: (check: Performance) => boolean): Promise<Waiting> {
    for (;;) {
      const place = this.#waiting.findIndex(({ check }) => may(check));
      const [next] = place === -1 ? [] : this.#waiting.splice(place, 1);
      if (next !== undefined) return next;
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
  }
}

async function performOn(opening: Promise<OpenStage>, { name, act }: Performance): Promise<void> {
  const { stage, begin, end } = await opening;
  await begin(name);
  await act(stage).finally(end);
}
