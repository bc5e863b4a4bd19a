import { setTimeout as pause } from "node:timers/promises";
import type { Agents } from "./agents/agents.ts";
import type { StageEvent } from "./events.ts";
import { type Family, glances } from "./family.ts";
import type { InvocationRow } from "./restate/admin.ts";
import { isMismatch } from "./restate/mismatch.ts";

/** How long an invocation may take before it counts as stuck, in milliseconds. */
export interface Patience {
  /** From the moment when somebody waits for it. */
  run: number;
  /** While nothing happens. */
  stillness: number;
}

/** Far more than a correct run of an exercise ever takes on two busy cores. */
export const patience: Patience = { run: 16_000, stillness: 4_000 };

const wakesLate = 3_000;
const answersWithin = 8_000;
const sameFailureLimit = 3;
const suspendedGlances = 5;

/** What is seen around an invocation. */
export interface Scene {
  /** What has happened since the check began. */
  readonly events: readonly StageEvent[];
  /** Calls `listener` with everything that happens; returns a function that stops this. */
  listen(listener: (event: StageEvent) => void): () => void;
  /** Whether a call to the model or the world is under way. */
  readonly busy: boolean;
  /** Whether a failure may still strike, or the agents or the server are down. */
  readonly failing: boolean;
  /** How often a failure has struck. */
  readonly strikes: number;
  /** What serves the agents. */
  readonly parts: readonly Agents[];
  readonly patience: Patience;
}

/** What Restate shows of an invocation. */
export type Seen = Pick<Family, "glances" | "timers" | "othersMove">;

/** Waits for evidence that an invocation will never end; returns it in words. */
export function untilStuck(family: Seen, scene: Scene, signal: AbortSignal): Promise<string> {
  return Promise.race([
    untilEndedItself(scene, signal),
    untilUnresponsive(scene, signal),
    untilHopeless(family, scene, signal),
  ]);
}

function untilEndedItself(scene: Scene, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const look = (event: StageEvent) => {
      if (event.kind === "agent ended itself") {
        resolve(`the agent's process is gone: ${event.how}`);
      }
    };
    for (const event of scene.events) look(event);
    const stop = scene.listen(look);
    signal.addEventListener("abort", stop);
  });
}

async function untilUnresponsive(scene: Scene, signal: AbortSignal): Promise<string> {
  for (;;) {
    await pause(500, undefined, { signal });
    const why = await findUnresponsive(scene);
    if (why !== undefined) return why;
  }
}

/** Says that a process does not answer; undefined if all do. */
async function findUnresponsive(scene: Scene): Promise<string | undefined> {
  for (const part of scene.parts) {
    const { live } = part;
    if (live === undefined || (await live.responds(answersWithin)) || live !== part.live) continue;
    return "the agent's process is busy and answers nothing: its code loops without end";
  }
  return undefined;
}

/**
 * Resolves if attempts fail three times in the same way, with nothing broken and no progress; if everything
 * is suspended and nothing will wake it; if nothing happens for too long; or after a cap.
 */
async function untilHopeless(family: Seen, scene: Scene, signal: AbortSignal): Promise<string> {
  const { run: cap, stillness } = scene.patience;
  const deadline = performance.now() + cap;
  let first: InvocationRow | undefined;
  // The size of all their journals. While it grows, the run makes progress, even if attempts fail.
  let sizeThen = 0;
  let strikesThen = 0;
  let suspended = 0;
  let stillSince = performance.now();
  const stop = scene.listen(() => {
    stillSince = performance.now();
  });
  signal.addEventListener("abort", stop);
  for await (const all of family.glances(glances.casual, signal)) {
    const open = all.filter(({ status }) => status !== "completed");
    const size = all.reduce((sum, { journal_size = 0 }) => sum + journal_size, 0);
    // The row with a failure says what fails: the invocation's own, or that of one that it waits for.
    const row = open.find(({ last_failure }) => last_failure !== undefined) ?? all[0];
    if (performance.now() > deadline) return describeLast(row, cap);
    if (scene.failing || scene.busy) stillSince = performance.now();
    const backingOff = open.some(({ status }) => status === "backing-off");
    if (!backingOff && performance.now() - stillSince > stillness) {
      const calledNothing = `it is ${row.status}, and has called nothing for ${stillness / 1000} s`;
      return (await findUnresponsive(scene)) ?? calledNothing + words(row);
    }
    // An invocation that it has called may still be running, and then the next attempt gets further.
    const atWork = all.some(
      ({ status }, place) => place > 0 && /running|ready|pending/.test(status),
    );
    // A journal mismatch comes from the code, so other progress does not matter.
    const moves = !isMismatch(row.last_failure ?? "") && (atWork || size !== sizeThen);
    // A failure may have struck, and have been over again, since the last glance.
    const struck = scene.failing || scene.strikes !== strikesThen;
    if (struck || moves || !sameFailure(row, first)) first = undefined;
    sizeThen = size;
    strikesThen = scene.strikes;
    const allSuspended = open.every(({ status }) => status === "suspended");
    suspended = allSuspended && !scene.busy ? suspended + 1 : 0;
    if (suspended >= suspendedGlances) {
      if (!(await wakesBefore(family, deadline))) return "it waits for something that never comes";
      // What wakes it may be over a moment before it is awake.
      suspended = 0;
    }
    if (row.last_failure === undefined || scene.failing || lostConnection(row)) continue;

    first ??= row;
    const attempts = (row.retry_count ?? 0) - (first.retry_count ?? 0);
    if (attempts >= sameFailureLimit) return `every attempt fails with: ${row.last_failure}`;
  }
  return new Promise<never>(() => {});
}

/**
 * Whether one of its timers is due before the deadline, on the clock of `performance`, or was due a moment
 * ago, because a busy server wakes it late; or whether something that it has sent may wake it.
 */
async function wakesBefore(family: Seen, deadline: number): Promise<boolean> {
  const timers = await family.timers();
  const atMost = performance.timeOrigin + deadline;
  const isDue = timers.some(({ overAt }) => overAt > Date.now() - wakesLate && overAt < atMost);
  return isDue || family.othersMove();
}

function describeLast(row: InvocationRow, cap: number): string {
  return `after ${cap / 1000} s it is still ${row.status}${words(row)}`;
}

function words({ last_failure }: InvocationRow): string {
  return last_failure === undefined ? "" : `; its last failure: ${last_failure}`;
}

/** Whether two failures are the same except for numbers and ids, which may change with each attempt. */
function sameFailure(one: InvocationRow, other: InvocationRow | undefined): boolean {
  const essence = (row?: InvocationRow) => row?.last_failure?.replace(/[0-9a-f-]{6,}|\d+/gi, "#");
  return essence(one) === essence(other);
}

/** Whether Restate could not reach the agents' process, for example after a kill: not their failure. */
function lostConnection({ last_failure = "" }: InvocationRow): boolean {
  return /error when calling|connection/i.test(last_failure);
}
