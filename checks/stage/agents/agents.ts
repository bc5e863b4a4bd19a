import type { Edits } from "./edited-files.ts";
import type { AgentProcess, AgentSettings } from "./process.ts";
import type { Entrance } from "./router.ts";

/** What happens to the process that serves the agents. */
export type AgentEvent =
  | { kind: "killed" }
  | { kind: "restarted" }
  /** Nobody killed it: the agents' own code ended it. */
  | { kind: "ended itself"; how: string };

/** One stage's agents. One process at a time serves them; a warm spare waits if kills will come. */
export interface Agents {
  /** The process that serves now; undefined after a kill until another process serves. */
  readonly live: AgentProcess | undefined;
  /** Resolves when the spare is warm; at once if there is none. */
  spareReady(): Promise<void>;
  /** Kills the process with SIGKILL; the spare takes its place as soon as it is warm. */
  kill(): void;
  /** A warm process of another version; the live one if the version has no edits. */
  prepare(version: Version): Promise<AgentProcess>;
  /** Lets a prepared process serve instead of the live one, and cuts the live one's connections. */
  restartAs(prepared: AgentProcess): void;
  /** Serves the unchanged agents again, if another version serves. */
  restore(): void;
  /** Ends the live process with all that runs in it. No process serves until `renew`. */
  discard(): void;
  /**
   * Lets a process serve if none does.
   *
   * @throws {AgentDown} if the agents can no longer be served
   */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/**
 * How a check changes the agents: it sets their clock back, by this many milliseconds; it makes a day
 * pass in a moment, for their timers in Restate and in their own process; or it changes files.
 */
export type Version = { clockBehind: number } | { daysAreShort: true } | { edits: Edits };

const asTheyAre = { edits: {} };
const day = 24 * 60 * 60 * 1000;

/** How a process is started that serves a version of the agents. */
export function settingsOf(
  version: Version,
): Pick<AgentSettings, "clockBehind" | "hastyTimers" | "edits"> {
  return {
    clockBehind:
      "clockBehind" in version ? version.clockBehind : "daysAreShort" in version ? day : 0,
    hastyTimers: "daysAreShort" in version,
    edits: "edits" in version ? version.edits : {},
  };
}

/** A process's way out, and what it must know to take it. */
export interface WayOut {
  environment: Record<string, string>;
  /** Drops all further calls of the process. */
  close(): void;
}

/** How agents are served, and what will happen to them. */
export interface Casting {
  /**
   * Starts a process; resolves once it serves.
   *
   * @throws {AgentDown} if it cannot
   */
  start: (version: Version, environment: Record<string, string>) => Promise<AgentProcess>;
  /** How Restate reaches them. */
  entrance: Entrance;
  /** Called for each process. */
  openDoor: () => Promise<WayOut>;
  /** How many kills will come. A spare is kept warm while any are left. */
  kills: number;
  onEvent: (event: AgentEvent) => void;
}

/**
 * Serves agents.
 *
 * @throws {AgentDown} if they cannot be served
 */
export async function serveAgents(casting: Casting): Promise<Agents> {
  const cast = new Cast(casting);
  await cast.open();
  return cast;
}

class Cast implements Agents {
  live: AgentProcess | undefined;
  #spare: Promise<AgentProcess> | undefined;
  #started: Promise<AgentProcess>[] = [];
  /** Settles when the process that was decided on serves. */
  #pending: Promise<boolean> | undefined;
  /** Identifies the latest decision on which process serves next. It replaces earlier ones. */
  #succession = Symbol();
  readonly #casting: Casting;
  #killsToCome: number;
  /** The process with the unchanged agents, while another version serves. */
  #parked: AgentProcess | undefined;

  constructor(casting: Casting) {
    this.#casting = casting;
    this.#killsToCome = casting.kills;
  }

  async open(): Promise<void> {
    await this.#succeed();
  }

  async spareReady(): Promise<void> {
    await this.#spare;
  }

  kill(): void {
    if (this.live === undefined) return;
    this.#retire();
    this.#killsToCome -= 1;
    this.#casting.onEvent({ kind: "killed" });
    this.#promoteSpare();
  }

  async prepare(version: Version): Promise<AgentProcess> {
    const { live } = this;
    const same = "edits" in version && Object.keys(version.edits).length === 0;
    return live !== undefined && same ? live : this.#start(version);
  }

  restartAs(prepared: AgentProcess): void {
    if (prepared === this.live) return;
    if (this.#parked === undefined) {
      this.#parked = this.live;
      this.live = undefined;
    } else {
      if (prepared === this.#parked) this.#parked = undefined;
      this.#retire();
      this.#casting.onEvent({ kind: "killed" });
    }
    this.#goLive(prepared);
    this.#casting.onEvent({ kind: "restarted" });
  }

  restore(): void {
    const parked = this.#parked;
    if (parked === undefined) return;
    this.#parked = undefined;
    this.#retire();
    this.#goLive(parked);
  }

  discard(): void {
    this.#succession = Symbol();
    this.#retire();
  }

  async renew(): Promise<void> {
    while (this.live === undefined) {
      // After a kill, the next process may already be on its way.
      if (this.#pending) await this.#pending.catch(() => {});
      else await this.#succeed();
    }
  }

  async close(): Promise<void> {
    this.discard();
    await Promise.allSettled(this.#started.map(async (starting) => (await starting).kill()));
    this.#casting.entrance.close();
  }

  #start(version: Version = asTheyAre) {
    const started = this.#startWithDoor(version);
    this.#started.push(started);
    started.catch(() => {});
    return started;
  }

  async #startWithDoor(version: Version): Promise<AgentProcess> {
    const { environment, close } = await this.#casting.openDoor();
    const process = await this.#casting.start(version, environment);
    return {
      ...process,
      kill: () => {
        close();
        return process.kill();
      },
    };
  }

  #goLive(process: AgentProcess): void {
    this.live = process;
    this.#casting.entrance.onTimerOver = process.putClockForward;
    this.#casting.entrance.pointAt(process.port);
    process.ended.then((how) => {
      if (this.live !== process) return;
      this.live = undefined;
      this.#casting.entrance.pointAt(undefined);
      this.#casting.onEvent({ kind: "ended itself", how });
      this.#promoteSpare();
    });
  }

  #retire(): void {
    const retired = this.live;
    this.live = undefined;
    this.#casting.entrance.pointAt(undefined);
    retired?.kill();
  }

  async #promoteSpare(): Promise<void> {
    try {
      if (await this.#succeed()) this.#casting.onEvent({ kind: "restarted" });
    } catch (error) {
      this.#casting.onEvent({ kind: "ended itself", how: (error as Error).message });
    }
  }

  /** Lets the spare, or a new process, serve. Returns false if a later decision replaced this one. */
  async #succeed(): Promise<boolean> {
    const pending = this.#promote();
    this.#pending = pending;
    try {
      return await pending;
    } finally {
      if (this.#pending === pending) this.#pending = undefined;
    }
  }

  async #promote(): Promise<boolean> {
    const succession = Symbol();
    this.#succession = succession;
    const successor = this.#spare ?? this.#start();
    this.#spare = undefined;
    const process = await successor;
    if (this.#succession !== succession) {
      // It may hold a port that the next one needs.
      await process.kill();
      return false;
    }
    this.#goLive(process);
    if (this.#killsToCome > 0) this.#spare = this.#start();
    return true;
  }
}
