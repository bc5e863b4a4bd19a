import type { Explanation } from "./check-failed.ts";

/** How a check, in one mode, came out. */
export interface CheckResult {
  /** `01.crash-before-weather` */
  id: string;
  title: string;
  verdict: "pass" | "fail" | "skip";
  mode: "normal" | "always-replay";
  /** Why it failed, a line each for what the learner is told; empty where it passed. */
  message: string;
  /** How long it took, in milliseconds. */
  ms: number;
  /** Its place among the checks of its folder: that in which a learner is shown them. */
  order: number;
  /** What the learner is told, where the check failed because of their code. */
  explanation?: Explanation;
  /** Where it failed, what happened until then. */
  evidence?: Evidence;
}

/** What was seen of a check that failed, each part in lines. */
export interface Evidence {
  timeline: readonly string[];
  /** The journals of the invocations that the check made. */
  journal: readonly string[];
  /** What the agent printed. */
  log: readonly string[];
}

/** What the reporter, in vitest's process, tells the one that started it. */
export type ReporterMessage =
  | { kind: "started" }
  | { kind: "result"; result: CheckResult; seed: number; folder: string }
  /** The checks have run; what went wrong apart from them, if anything did. */
  | { kind: "ended"; trouble?: string };

/** A result as `--json` writes it. */
export function asJson({ id, title, verdict, mode, message, ms }: CheckResult) {
  return { id, title, verdict, mode, message, ms };
}
