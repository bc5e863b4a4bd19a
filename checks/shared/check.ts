import type { Explanation } from "../report/check-failed.ts";
import type { Evidence } from "../report/result.ts";
import type { Part } from "../stage/events.ts";
import type { Mode } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";

declare module "vitest" {
  interface TaskMeta {
    check?: CheckMeta;
  }
}

/** What the reporter is told about a check. */
export interface CheckMeta {
  id: string;
  title: string;
  mode: Mode;
  /** Its position among the checks of its folder, which may end in another order. */
  order: number;
  /** How long it ran, in milliseconds, without the wait for its turn. */
  ms: number;
  seed: number;
  /** The checked folder, relative to the root of the repo. */
  folder: string;
  /** Set if the check failed because of the learner's code. */
  explanation?: Explanation;
  /** What happened until the check failed, if it failed. */
  evidence?: Evidence;
}

/**
 * Thrown if a check cannot decide whether its claim holds: this server does not have what the check looks
 * at, or it is broken in a way that other checks report.
 */
export class CannotTell extends Error {}

/** One claim about an exercise. */
export interface Check {
  /** The id without the chapter's number: `crash-mid-tool` for `01.crash-mid-tool`. */
  id: string;
  title: string;
  modes: readonly Mode[];
  /** Which process it kills, once in each mode. */
  kills?: Part;
  /** Whether it kills the Restate server. Other checks use that server, so none may run beside it. */
  killsServer?: true;
  /**
   * @throws {CheckFailed} if the claim does not hold
   * @throws {CannotTell} if there is no way to know
   */
  run: (stage: Stage, folder: string, mode: Mode) => Promise<void>;
}

/** A check in one of its modes. */
export interface Claim {
  check: Check;
  mode: Mode;
  /** Its position in the order in which a learner meets the checks of its folder. */
  order: number;
}
