import type { Edits } from "./edited-files.ts";
import type { Logged } from "./told-log.ts";

/** What a process that serves agents sends to the one that started it, over IPC. */
export type Message =
  | "blank"
  | { served: number }
  | { clockSet: number }
  | { logged: Logged }
  | "pong";

/** How to set a clock: this many milliseconds back, or forward to a time in milliseconds since 1970. */
export type ClockSetting = { behind: number } | { at: number };

/** What it receives. */
export type Request =
  | "ping"
  | { clock: ClockSetting; nth: number }
  | { role: Role; environment: NodeJS.ProcessEnv };

/** Which of the folders' services to serve, by name. */
export type Selection = { only: readonly string[] } | { but: readonly string[] };

/** What to serve, and how. */
export interface Role {
  /** Folders with an `app.ts` that exports `services`. */
  folders: string[];
  services: Selection;
  /** 0 takes a free port. */
  port: number;
  /** Whether timers that the folders' own code sets end in a moment. */
  hastyTimers: boolean;
  /** The texts that it loads instead of the files' own. */
  edits: Edits;
  /** Whether it keeps its compiled code for the next process. It does not for a run's own folder. */
  leavesCode: boolean;
  /** Whether it sends each logged message over IPC instead of printing it. */
  tellsLog: boolean;
}
