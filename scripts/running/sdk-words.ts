import type { SdkMessage } from "../../checks/stage/agents/told-log.ts";

/** What the SDK logs about an attempt. */
export type Said =
  | { kind: "begins" | "completed" | "suspended" }
  /** The attempt fails too, unless the step's retries are used up. */
  | { kind: "step failed"; step: string; why: string }
  | { kind: "attempt failed"; step: string; why: string; permanently: boolean }
  /** Restate, or the connection to it, has ended the attempt. */
  | { kind: "cut off" }
  /** Internals of the SDK. */
  | { kind: "detail" };

/**
 * Reads a log message of the SDK (1.17); undefined if it says nothing about attempts, so it is shown as it
 * is. The name of a step without a name is empty.
 */
export function readSdkWords({ level, words, error }: SdkMessage): Said | undefined {
  if (level === "trace" || level === "debug") return { kind: "detail" };
  if (/^(Starting|Replaying) invocation\./.test(words)) return { kind: "begins" };
  if (words === "Invocation completed successfully.") return { kind: "completed" };
  if (words === "Invocation suspended") return { kind: "suspended" };
  if (words.startsWith("Got abort error from connection")) return { kind: "cut off" };
  if (error === undefined) return undefined;
  const step = words.match(/^Error when processing ctx\.run '(.*)'\.$/ms)?.[1];
  if (step !== undefined) {
    return { kind: "step failed", step: step === "undefined" ? "" : step, why: error.message };
  }
  if (!words.startsWith("Error when processing a Restate context operation")) return undefined;
  if (error.message === "Premature close") return { kind: "cut off" };
  return { kind: "attempt failed", permanently: error.permanently, ...readError(error.message) };
}

/** The SDK's core puts what went wrong, the stack and the step into one message. */
function readError(message: string): { step: string; why: string } {
  const [, why = message] =
    message.match(/^\(\d+\) (.*?)(\nStacktrace: |\nRelated command: |$)/s) ?? [];
  const [, step = ""] = message.match(/\nRelated command: run \[(.*)\]$/) ?? [];
  return { step, why };
}
