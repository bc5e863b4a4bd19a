import { startRouter } from "./agents/router.ts";
import { type Mode, readMode, readParent, register, setMode } from "./restate/admin.ts";
import { Stage, type StageSettings } from "./stage.ts";

/** Two stages side by side on one Restate server, with the same agents. */
export interface Theatre {
  /**
   * Runs a check when its turn comes: one that kills the agents on the stage that has spares, others
   * on whichever stage is free.
   */
  perform(check: Performance): Promise<void>;
  /** Puts the service in a mode, for both stages. */
  setMode(mode: Mode): Promise<void>;
  /** @throws where the server says that the service is in another mode */
  expectMode(mode: Mode): Promise<void>;
  close(): Promise<void>;
}

/** What is done on a stage. */
export interface Performance {
  /** Different for each, and the same in every run. */
  name: string;
  kills: boolean;
  act: (stage: Stage) => Promise<void>;
}

/** The learner's service is not there under its name. */
export class ServiceMissing extends Error {}

/**
 * Opens a theatre. The stage for kills may still be opening when this resolves.
 *
 * @throws {AgentDown} where the learner's code cannot be served
 * @throws {ServiceMissing} where it serves no service of that name
 */
export async function openTheatre(settings: Omit<StageSettings, "entrance">): Promise<Theatre> {
  const { server, service } = settings;
  const router = await startRouter((invocation) => readParent(server.adminUrl, invocation));
  const open = (kills: number) =>
    Stage.open({ ...settings, kills, entrance: router.openEntrance() });
  const forOthers = open(0);
  const forKills = forOthers.then(() => open(settings.kills));
  const stages = [forOthers, forKills];
  for (const stage of stages) stage.catch(() => {});

  const close = async () => {
    for (const opened of await Promise.allSettled(stages)) {
      if (opened.status === "fulfilled") await opened.value.close();
    }
    await router.close();
  };
  try {
    await Promise.all([forOthers, server.ready()]);
    const services = await register(server.adminUrl, router.url);
    if (!services.includes(service)) {
      const names = services.join(", ") || "no service";
      throw new ServiceMissing(`It serves ${names}, and not ${service}.`);
    }
  } catch (error) {
    await close();
    throw error;
  }

  const queue = new Queue();
  queue.serve(forOthers, ({ kills }) => !kills);
  queue.serve(forKills, () => true);
  return {
    perform: (check) => queue.add(check),
    setMode: (mode) => setMode(server.adminUrl, service, mode),
    expectMode: async (mode) => {
      const actual = await readMode(server.adminUrl, service);
      if (actual !== mode) throw new Error(`The service is in mode ${actual}, and not ${mode}.`);
    },
    close,
  };
}

interface Waiting {
  check: Performance;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** The checks that wait for a stage; each stage takes the first that it may when it is free. */
class Queue {
  #waiting: Waiting[] = [];
  #wake: (() => void)[] = [];

  add(check: Performance): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ check, resolve, reject });
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  /** Lets a stage take checks, one after another, for as long as there are any. */
  async serve(opening: Promise<Stage>, may: (check: Performance) => boolean): Promise<never> {
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

async function performOn(opening: Promise<Stage>, { name, act }: Performance): Promise<void> {
  const stage = await opening;
  stage.begin(name);
  await act(stage).finally(() => stage.end());
}
