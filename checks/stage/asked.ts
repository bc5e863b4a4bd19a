import type { Mode } from "./restate/admin.ts";
import type { Runtime } from "./restate/runtime.ts";

/** What a run of checks must check. It reaches vitest's process through the environment. */
export interface Asked {
  /** The chapters' own folders in a tree, or folders named one by one. */
  where: { tree: "exercises" | "solutions" } | { subjects: readonly Subject[] };
  /** If missing, it is random. */
  seed?: number;
  runtime: Runtime;
  stages: Stages;
}

/**
 * How many stages a run has. Two side by side end sooner. One costs less processor time, if several runs
 * share the machine.
 */
export type Stages = 1 | 2;

/** A folder with a chapter's files, relative to the root of the repo. */
export interface Subject {
  folder: string;
  /** Which of its checks run; all if missing. */
  extent?: Extent;
}

/** The checks up to and including one, in the order in which a learner meets them, and some later ones. */
export interface Extent {
  upTo: { check: string; mode: Mode };
  andAlso: readonly string[];
}

/** The variables that tell vitest's process what to check. */
export function asVariables(asked: Asked): Record<string, string> {
  return { WORKSHOP_ASKED: JSON.stringify(asked) };
}

/** What this process must check: the learner's own exercises if nobody said. */
export function readAsked(): Asked {
  const { WORKSHOP_ASKED: asked } = process.env;
  return asked === undefined
    ? { where: { tree: "exercises" }, runtime: { kind: "binary" }, stages: 2 }
    : JSON.parse(asked);
}
