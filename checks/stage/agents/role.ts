import type { Edits } from "./edited-files.ts";

/** What a process that serves agents tells the one that started it, over IPC. */
export type Message = "blank" | { served: number } | { clockAt: number } | "pong";

/** What it is asked or told; the clock's time in milliseconds since 1970. */
export type Request = "ping" | { clockAt: number } | { role: Role; environment: NodeJS.ProcessEnv };

/** Which of the folders' services to serve, by name. */
export type Selection = { only: readonly string[] } | { but: readonly string[] };

/** What to serve, and how. */
export interface Role {
  /** Folders with an `app.ts` that exports `services`. */
  folders: string[];
  services: Selection;
  /** 0 takes a free port. */
  port: number;
  /** How far its clock is behind, in milliseconds. */
  clockBehind: number;
  /** Whether the timers that their own code sets are over in a moment. */
  hastyTimers: boolean;
  /** What files are loaded with, in place of their text. */
  edits: Edits;
  /** Whether the code that is compiled is left for the next process: it is not that of a run's own folder. */
  leavesCode: boolean;
}
