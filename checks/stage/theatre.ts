import { startRouter } from "./agents/router.ts";
import { type Mode, readMode, readParent, register, setMode } from "./restate/admin.ts";
import { Stage, type StageSettings } from "./stage.ts";

/** Two stages side by side on one Restate server, with the same agents. */
export interface Theatre {
  /**
   * Runs a check when its turn comes: one that kills the agents on the stage that has spares, others
   * on the other one, unless that is taken and the first is free.
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

  const other = new Queue(forOthers);
  const withSpares = new Queue(forKills);
  return {
    perform: (check) => {
      const onSpares = check.kills || (!other.isFree && withSpares.isFree);
      return (onSpares ? withSpares : other).perform(check);
    },
    setMode: (mode) => setMode(server.adminUrl, service, mode),
    expectMode: async (mode) => {
      const actual = await readMode(server.adminUrl, service);
      if (actual !== mode) throw new Error(`The service is in mode ${actual}, and not ${mode}.`);
    },
    close,
  };
}

/** The checks that wait for a stage, and the one that is on it. */
class Queue {
  readonly #opening: Promise<Stage>;
  #turn: Promise<unknown> = Promise.resolve();
  #length = 0;

  constructor(opening: Promise<Stage>) {
    this.#opening = opening;
  }

  get isFree(): boolean {
    return this.#length === 0;
  }

  perform({ name, act }: Performance): Promise<void> {
    this.#length += 1;
    const performed = this.#turn.then(async () => {
      try {
        const stage = await this.#opening;
        stage.begin(name);
        await act(stage).finally(() => stage.end());
      } finally {
        this.#length -= 1;
      }
    });
    this.#turn = performed.catch(() => {});
    return performed;
  }
}
