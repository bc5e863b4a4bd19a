import type { Edits } from "./edited-files.ts";
import type { AgentSettings } from "./process.ts";

/**
 * How a check changes the agents: it changes files, or lets the timers that their own code sets end in a
 * moment, until their clock is put forward.
 */
export type Version = { hastyTimers: true } | { edits: Edits };

/** The agents as they are in their folder. */
export const asTheyAre = { edits: {} };

/** How a process is started that serves a version of the agents. */
export function settingsOf(version: Version): Pick<AgentSettings, "hastyTimers" | "edits"> {
  return {
    hastyTimers: "hastyTimers" in version,
    edits: "edits" in version ? version.edits : {},
  };
}
