import { type Forwarder, startForwarder } from "./forwarder.ts";
import { type AgentProcess, startAgents } from "./process.ts";

/** What happens to the process that serves the agents. */
export type AgentEvent =
  | { kind: "killed" }
  | { kind: "restarted" }
  /** Nobody killed it: the agents' own code ended it. */
  | { kind: "ended itself"; how: string };

/** Agents at one address, served by one process at a time, with another one warm beside it. */
export interface Agents {
  readonly url: string;
  /** The process that serves now, or undefined from a kill until another has taken its place. */
  readonly live: AgentProcess | undefined;
  /** Everything that all its processes have printed. */
  readonly log: () => string;
  /** Kills the process with SIGKILL; the spare takes its place as soon as it is warm. */
  kill(): void;
  /** Warms a process that serves the agents of another folder. */
  prepare(folder: string): Promise<AgentProcess>;
  /** Lets a prepared process serve in place of the live one; a prepared one before it is killed. */
  restartAs(prepared: AgentProcess): Promise<void>;
  /** Lets a process with the agents' own folder serve again, if one of another folder does. */
  restore(): void;
  close(): Promise<void>;
}

/**
 * Serves the agents of a folder.
 *
 * @param environment of each process
 * @throws {AgentDown} where they cannot be served
 */
export async function serveAgents(
  folder: string,
  environment: Record<string, string>,
  onEvent: (event: AgentEvent) => void,
): Promise<Agents> {
  const forwarder = await startForwarder();
  const cast = new Cast(forwarder, folder, environment, onEvent);
  try {
    await cast.open();
  } catch (error) {
    await forwarder.close();
    throw error;
  }
  return cast;
}

class Cast implements Agents {
  readonly url: string;
  live: AgentProcess | undefined;
  #spare: Promise<AgentProcess> | undefined;
  #started: Promise<AgentProcess>[] = [];
  #log = "";
  #closing = false;
  readonly #forwarder: Forwarder;
  readonly #environment: Record<string, string>;
  readonly #onEvent: (event: AgentEvent) => void;
  readonly #folder: string;
  /** The process of the agents' own folder, while one of another folder serves. */
  #parked: AgentProcess | undefined;

  constructor(
    forwarder: Forwarder,
    folder: string,
    environment: Record<string, string>,
    onEvent: (event: AgentEvent) => void,
  ) {
    this.url = forwarder.url;
    this.#forwarder = forwarder;
    this.#folder = folder;
    this.#environment = environment;
    this.#onEvent = onEvent;
  }

  log = () => this.#log;

  async open(): Promise<void> {
    this.#goLive(await this.#start());
    this.#spare = this.#start();
  }

  kill(): void {
    if (this.live === undefined) return;
    this.#retire();
    this.#onEvent({ kind: "killed" });
    this.#promoteSpare();
  }

  prepare(folder: string): Promise<AgentProcess> {
    return this.#start(folder);
  }

  async restartAs(prepared: AgentProcess): Promise<void> {
    if (this.#parked === undefined) {
      this.#parked = this.live;
      this.live = undefined;
    } else {
      this.#retire();
    }
    this.#goLive(prepared);
    this.#onEvent({ kind: "restarted" });
  }

  restore(): void {
    const parked = this.#parked;
    if (parked === undefined) return;
    this.#parked = undefined;
    this.#retire();
    this.#goLive(parked);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#started.map(async (starting) => (await starting).kill()));
    await this.#forwarder.close();
  }

  #start(folder = this.#folder): Promise<AgentProcess> {
    const starting = startAgents({
      folders: [folder],
      port: 0,
      environment: this.#environment,
      onOutput: (text) => {
        this.#log += text;
      },
    });
    this.#started.push(starting);
    starting.catch(() => {});
    return starting;
  }

  #goLive(process: AgentProcess): void {
    this.live = process;
    this.#forwarder.pointAt(process.port);
    process.ended.then((how) => {
      if (this.live !== process || this.#closing) return;
      this.live = undefined;
      this.#forwarder.pointAt(undefined);
      this.#onEvent({ kind: "ended itself", how });
      this.#promoteSpare();
    });
  }

  #retire(): void {
    const retired = this.live;
    this.live = undefined;
    this.#forwarder.pointAt(undefined);
    retired?.kill();
  }

  async #promoteSpare(): Promise<void> {
    try {
      const spare = await (this.#spare ?? this.#start());
      if (this.#closing) return;
      this.#goLive(spare);
      this.#onEvent({ kind: "restarted" });
      this.#spare = this.#start();
    } catch (error) {
      this.#onEvent({ kind: "ended itself", how: (error as Error).message });
    }
  }
}
