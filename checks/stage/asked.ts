import type { Mode } from "./restate/admin.ts";
import type { Runtime } from "./restate/runtime.ts";

/** What a run of checks is asked to check; it reaches vitest's process through the environment. */
export interface Asked {
  /** The chapters' own folders in a tree, or folders named one by one. */
  where: { tree: "exercises" | "solutions" } | { subjects: readonly Subject[] };
  /** Where there is none, each run takes another. */
  seed?: number;
  runtime: Runtime;
  stages: Stages;
}

/**
 * How many stages a run has: two side by side end sooner; one costs less processor time, for who has
 * several runs at once.
 */
export type Stages = 1 | 2;

/** A folder with a chapter's files, relative to the root of the repo. */
export interface Subject {
  folder: string;
  /** All its checks unless this says less. */
  extent?: Extent;
}

/** The checks up to one, in the order in which a learner meets them, and some of those behind it. */
export interface Extent {
  upTo: { check: string; mode: Mode };
  andAlso: readonly string[];
}

/** The variables that tell vitest's process what is asked. */
export function asVariables(asked: Asked): Record<string, string> {
  return { WORKSHOP_ASKED: JSON.stringify(asked) };
}

/** What this process is asked; where nobody asked, it is the learner's own exercises. */
export function readAsked(): Asked {
  const { WORKSHOP_ASKED: asked } = process.env;
  return asked === undefined
    ? { where: { tree: "exercises" }, runtime: { kind: "binary" }, stages: 2 }
    : JSON.parse(asked);
}
