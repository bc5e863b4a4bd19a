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

/** What the reporter is told of a check. */
export interface CheckMeta {
  id: string;
  title: string;
  mode: Mode;
  /** Its place among the checks of its folder, which may end in another order. */
  order: number;
  /** How long it ran, in milliseconds, waits for its turn aside. */
  ms: number;
  seed: number;
  /** The checked folder, relative to the root of the repo. */
  folder: string;
  /** Where the check has failed because of the learner's code. */
  explanation?: Explanation;
  /** Where it has failed, what happened until then. */
  evidence?: Evidence;
}

/**
 * Whether a claim holds cannot be told: what it looks at is not there on this server, or is broken in
 * a way that other checks tell of.
 */
export class CannotTell extends Error {}

/** One claim about an exercise. */
export interface Check {
  /** What comes after the chapter's number in the id: `crash-mid-tool` for `01.crash-mid-tool`. */
  id: string;
  title: string;
  modes: readonly Mode[];
  /** Which process it kills, once in each mode. */
  kills?: Part;
  /** Whether it kills the Restate server, on which other checks stand: none may run beside it. */
  killsServer?: true;
  /**
   * @throws {CheckFailed} where the claim does not hold
   * @throws {CannotTell} where there is no way to know
   */
  run: (stage: Stage, folder: string, mode: Mode) => Promise<void>;
}

/** A check in one of its modes. */
export interface Claim {
  check: Check;
  mode: Mode;
  /** Its place among the checks of its folder, in the order in which a learner meets them. */
  order: number;
}
