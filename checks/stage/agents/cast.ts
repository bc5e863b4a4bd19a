import type { Agents, Casting } from "./agents.ts";
import type { AgentProcess } from "./process.ts";
import { asTheyAre, type Version } from "./version.ts";

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
  /** How far the clock is behind, in milliseconds. */
  #behind = 0;
  /** How far it stays behind what is due, in milliseconds. */
  #lag = 0;

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

  get time(): number {
    return Date.now() - this.#behind;
  }

  async putClockForward(time: number): Promise<void> {
    if (this.#behind === 0) return;
    this.#behind = Math.max(0, Math.min(this.#behind, Date.now() - time));
    await this.live?.setClock?.({ at: time });
  }

  setLag(milliseconds: number): void {
    this.#lag = milliseconds;
  }

  async setClockBack(milliseconds: number): Promise<void> {
    this.#behind = milliseconds;
    this.#followTimers();
    await this.live?.setClock?.({ behind: milliseconds });
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

  async restore(): Promise<void> {
    const parked = this.#parked;
    this.#parked = undefined;
    if (parked !== undefined) {
      this.#succession = Symbol();
      this.#retire();
      this.#goLive(parked);
    }
    this.#lag = 0;
    if (this.#behind === 0) return;
    this.#behind = 0;
    this.#followTimers();
    // A process that is about to serve may just have been told the other time.
    await this.#pending?.catch(() => {});
    await this.live?.setClock?.({ behind: 0 });
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
    this.#followTimers();
    this.#casting.entrance.pointAt(process.port);
    process.ended.then((how) => {
      if (this.live !== process) return;
      this.live = undefined;
      this.#casting.entrance.pointAt(undefined);
      this.#casting.onEvent({ kind: "ended itself", how });
      this.#promoteSpare();
    });
  }

  /** Lets the clock go forward with Restate's timers, while it is behind. */
  #followTimers(): void {
    this.#casting.entrance.onTimerOver =
      this.#behind > 0 ? (time) => this.putClockForward(time - this.#lag) : undefined;
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
    // A crash does not put a clock right. It may be put forward while the process sets it back.
    for (let set = 0; set !== this.#behind; ) {
      set = this.#behind;
      await process.setClock?.({ behind: set });
    }
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
