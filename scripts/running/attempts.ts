import type { Logged } from "../../checks/stage/agents/told-log.ts";
import type { InvocationRow } from "../../checks/stage/restate/admin.ts";
import type { Say } from "../terminal/say.ts";
import { askAfterAttempt } from "./after-attempt.ts";
import { inOneLine } from "./one-line.ts";
import { readSdkWords, type Said } from "./sdk-words.ts";

/** An invocation, as the SDK's log shows it. */
interface Followed {
  id: string;
  target: string;
  /** How many attempts it has begun since it was last suspended. */
  attempts: number;
  /** Whether the last of them has failed. */
  hasFailed: boolean;
  /** The steps that have failed in the last of them. */
  failedSteps: Failure[];
}

/** What went wrong, and in which step. The step is empty if it was outside every step. */
interface Failure {
  step: string;
  why: string;
}

/** Follows attempts by what the SDK logs about them. */
export interface FollowedAttempts {
  /** Takes a message; returns true if nothing else of it should be shown. */
  take(logged: Logged): boolean;
}

/**
 * Prints a line for each failed attempt and for each completed invocation. The SDK's log says what went
 * wrong in which step. Only Restate knows when it retries, and how many attempts were made while no agents
 * ran.
 */
export function followAttempts(adminUrl: string, say: Say): FollowedAttempts {
  const followed = new Map<string, Followed>();

  function take({ invocation: id, sdk }: Logged): boolean {
    const said = sdk && readSdkWords(sdk);
    if (said === undefined) return false;
    if (said.kind === "detail" || id === undefined) return true;
    const invocation = followed.get(id) ?? {
      id,
      target: sdk?.target ?? "",
      attempts: 0,
      hasFailed: false,
      failedSteps: [],
    };
    followed.set(id, invocation);
    follow(invocation, said);
    return true;
  }

  function follow(invocation: Followed, said: Said): void {
    switch (said.kind) {
      case "begins":
        invocation.attempts += 1;
        invocation.hasFailed = false;
        invocation.failedSteps = [];
        break;
      case "step failed":
        // Steps that still run in a failed attempt change nothing.
        if (!invocation.hasFailed) invocation.failedSteps.push(said);
        break;
      case "attempt failed":
        if (said.permanently) failPermanently(invocation, said);
        else fail(invocation, said);
        break;
      case "cut off":
        fail(invocation, { step: "", why: "Restate has closed the connection" });
        break;
      case "suspended":
        suspend(invocation);
        break;
      case "completed":
        complete(invocation);
        break;
    }
  }

  async function fail(invocation: Followed, failure: Failure): Promise<void> {
    // A closed connection is logged twice.
    if (invocation.hasFailed) return;
    invocation.hasFailed = true;
    const { attempts } = invocation;
    const row = await ask(invocation);
    const missed = Math.max(0, (row?.retry_count ?? 0) - attempts);
    invocation.attempts += missed;
    sayFailed(invocation, attempts + missed, `${tell(failure)}${tellNext(row)}`);
    // Somebody has killed the invocation.
    if (row?.status === "completed") followed.delete(invocation.id);
  }

  function failPermanently(invocation: Followed, { step, why }: Failure): void {
    const last = invocation.failedSteps.find((failed) => failed.why === why);
    sayFailed(invocation, invocation.attempts, ` permanently${tell(last ?? { step, why })}`);
    followed.delete(invocation.id);
  }

  async function suspend(invocation: Followed): Promise<void> {
    invocation.attempts = 0;
    const row = await ask(invocation);
    if (invocation.attempts > 0) return;
    // Restate refuses a command only after the agents have ended their part of the attempt.
    if (row?.status === "backing-off") {
      invocation.attempts = row.retry_count ?? 0;
      const why = row.last_failure?.replace(/^\[.*?\] /, "") ?? "";
      sayFailed(invocation, invocation.attempts, `${tell({ step: "", why })}${tellNext(row)}`);
    } else followed.delete(invocation.id);
  }

  function complete(invocation: Followed): void {
    // If a step fails but its attempt does not, the step had no retry left.
    for (const { step, why } of invocation.failedSteps) {
      say(
        "step",
        `${step === "" ? "a step without a name" : `"${step}"`} of ${nameOf(invocation)} failed permanently: ${inOneLine(why)}`,
      );
    }
    const attempt = invocation.attempts > 1 ? `, in attempt ${invocation.attempts}` : "";
    say("done", `${nameOf(invocation)}${attempt}`);
    followed.delete(invocation.id);
  }

  function ask(invocation: Followed): Promise<InvocationRow | undefined> {
    const { id, attempts } = invocation;
    return askAfterAttempt(adminUrl, id, () => invocation.attempts > attempts);
  }

  function sayFailed(invocation: Followed, attempt: number, how: string): void {
    say(`attempt ${attempt}`, `${nameOf(invocation)} failed${how}`);
  }

  /** With the id's end, if several invocations of the same handler are running. */
  function nameOf({ id, target }: Followed): string {
    const alike = [...followed.values()].filter((other) => other.target === target);
    return alike.length > 1 ? `${target} (inv_…${id.slice(-5)})` : target;
  }

  return { take };
}

function tell({ step, why }: Failure): string {
  return `${step === "" ? "" : ` in "${step}"`}: ${inOneLine(why)}`;
}

function tellNext(row: InvocationRow | undefined): string {
  if (row?.status === "paused") return "; Restate has paused it";
  if (row?.status !== "backing-off" || row.next_retry_at === undefined) return "";
  const seconds = (Date.parse(row.next_retry_at) - Date.now()) / 1000;
  return seconds < 0.1 ? "; next at once" : `; next in ${seconds.toFixed(1)} s`;
}
