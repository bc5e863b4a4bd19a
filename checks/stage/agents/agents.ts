import type { AgentProcess } from "./process.ts";
import type { Entrance } from "./router.ts";
import type { Version } from "./version.ts";

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
  /** Serves the unchanged agents again, with the right clock. */
  restore(): Promise<void>;
  /** The time on the agents' clock, in milliseconds since 1970. */
  readonly time: number;
  /** Sets the agents' clock back by this many milliseconds. A process that takes over after a kill has it, too. */
  setClockBack(milliseconds: number): Promise<void>;
  /**
   * How far the agents' clock stays behind Restate's when a timer or a delayed invocation is due, in
   * milliseconds; 0 until it is set.
   */
  setLag(milliseconds: number): void;
  /** Puts the agents' clock forward to a time, if it is behind. */
  putClockForward(time: number): Promise<void>;
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
