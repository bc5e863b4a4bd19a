import type { Explanation } from "./check-failed.ts";

/** The result of a check in one mode. */
export interface CheckResult {
  /** `01.crash-before-weather` */
  id: string;
  title: string;
  verdict: "pass" | "fail" | "skip";
  mode: "normal" | "always-replay";
  /** Why it failed or was skipped. An explanation has one line per part. Empty if the check passed. */
  message: string;
  /** How long it took, in milliseconds. */
  ms: number;
  /** Its position in the order in which a learner sees the checks of its folder. */
  order: number;
  /** What the learner is told, if the check failed because of their code. */
  explanation?: Explanation;
  /** What happened until the check failed, if it failed. */
  evidence?: Evidence;
}

/** What was recorded about a failed check, each part as lines. */
export interface Evidence {
  timeline: readonly string[];
  /** The journals of the invocations that the check made. */
  journal: readonly string[];
  /** What the agent printed. */
  log: readonly string[];
}

/** What the reporter, in vitest's process, sends to the process that started vitest. */
export type ReporterMessage =
  | { kind: "started" }
  | { kind: "result"; result: CheckResult; seed: number; folder: string }
  /** The checks have run. `trouble` is what went wrong apart from them, if anything did. */
  | { kind: "ended"; trouble?: string };

/** A result as `--json` writes it. */
export function asJson({ id, title, verdict, mode, message, ms }: CheckResult) {
  return { id, title, verdict, mode, message, ms };
}
