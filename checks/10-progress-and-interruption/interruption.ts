import { CheckFailed } from "../report/check-failed.ts";
import { readAllOf } from "../stage/due.ts";
import type { Call, Service } from "../stage/events.ts";
import { type Failure, holdEach } from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import { readInvocation, readMode } from "../stage/restate/admin.ts";
import { countWaits, hasCalled, hasHeardOfCancel, readMade } from "../stage/restate/journal.ts";
import { readLineage } from "../stage/restate/lineage.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor, waitOrGiveUp } from "../stage/wait.ts";
import { branchesOf } from "./branches.ts";
import {
  cap,
  expectAnswered,
  modelCallsOf,
  newSession,
  next,
  send,
  settle,
  wishesFrom,
} from "./coding.ts";

// So often a look must find the same, where Restate shows a moment's state and not what comes next.
const glances = 5;

/** A call that a failure holds. */
export interface Held {
  /** The id of the task that makes it. */
  task: string;
}

/**
 * Waits until a message's work makes a call that is held, or until all work is over.
 *
 * @param message the message that starts this work
 * @param others tasks whose held calls do not count
 * @returns undefined if there is no such call
 */
export async function untilHeldOrOver(
  stage: Stage,
  service: Service,
  message: Invocation,
  others: readonly string[] = [],
): Promise<Held | undefined> {
  const isMeant = ({ held, invocation = "" }: Call) => held && !others.includes(invocation);
  const ids = stage.invocations.map(({ id }) => id);
  const call = await waitOrGiveUp("the call that is held", cap, async () => {
    const held = stage.calls(service).find(isMeant);
    if (held !== undefined) return held;
    const rows = await readLineage(stage.server.adminUrl, ids);
    const isOver =
      message.ending !== undefined && rows.every(({ status }) => status === "completed");
    return isOver ? null : undefined;
  });
  if (call == null) return undefined;
  if (call.invocation === undefined) throw new Error("A call does not name its invocation.");
  return { task: call.invocation };
}

/** Waits until a message's work makes a call that is held. @throws {CheckFailed} if it makes none */
export async function untilHeld(
  stage: Stage,
  service: Service,
  message: Invocation,
  others: readonly string[] = [],
): Promise<Held> {
  const held = await untilHeldOrOver(stage, service, message, others);
  if (held !== undefined) return held;
  if (message.ending !== undefined) expectAnswered(message.ending, "Sent a message");
  throw new CheckFailed({
    did: `Sent a message, your agent did not call the ${service === "repo" ? "repository" : service}.`,
    asks: "Each message starts work: a branch, the model, files.",
    cause: "The work is not started, or it waits for what never comes.",
    next,
  });
}

/**
 * Injects a hold during which other runs may be found stuck: they must not need what is held.
 *
 * @returns lifts it
 */
export function holdAside(stage: Stage, hold: Failure): () => void {
  stage.inject({ ...hold, standing: false });
  return () => hold.lift();
}

/** How a task learns that it is interrupted, or why it never does. */
export type Heard = "yes" | "nobody cancels" | "the message waits for it";

/** Waits until a task has a cancellation in its journal or has ended, or until that can no longer happen. */
export async function untilHeard(stage: Stage, task: string, message: Invocation): Promise<Heard> {
  const { adminUrl } = stage.server;
  const callers = stage.invocations.map(({ id }) => id);
  let waiting = 0;
  const looking = waitOrGiveUp(
    "the cancellation of the task",
    cap,
    async (): Promise<Heard | undefined> => {
      if (await hasHeardOfCancel(adminUrl, task, 1)) return "yes";
      const rows = await readLineage(adminUrl, callers);
      const own = rows.find(({ id }) => id === message.id);
      if (own === undefined) return undefined;
      const worksOrWaits = callers.includes(task) || (await hasCalled(adminUrl, callers, task));
      if (own.status === "pending" && worksOrWaits) return "the message waits for it";
      const { cancelled } = await readMade(adminUrl, [message.id]);
      const waits = !cancelled.includes(task) && (await countWaits(adminUrl, message.id)) > 0;
      // A handler that waits first may cancel a moment later.
      waiting = waits ? waiting + 1 : 0;
      if (waiting >= glances) return "the message waits for it";
      const held = stage.allCalls.flatMap((call) => (call.held ? [call.invocation] : []));
      const isOver = rows.every(({ id, status }) => status === "completed" || held.includes(id));
      if (!isOver) return undefined;
      return (await hasHeardOfCancel(adminUrl, task, 1)) ? "yes" : "nobody cancels";
    },
  );
  return (await looking) ?? "the message waits for it";
}

/** Waits until an invocation has ended; gives up if it does not. */
export async function untilEnded(stage: Stage, id: string): Promise<void> {
  await waitOrGiveUp("its end", cap, async () => {
    const row = await readInvocation(stage.server.adminUrl, id);
    return row?.status === "completed" ? true : undefined;
  });
}

/** Whether every await of the tasks is replayed now. */
export async function isReplaying(stage: Stage): Promise<boolean> {
  const mode = await waitFor("the mode of the tasks", cap, () =>
    readMode(stage.server.adminUrl, "CodingTask"),
  );
  return mode === "always-replay";
}

/** @throws {CheckFailed} unless the task learned that it was interrupted */
export function expectHeard(heard: Heard, when: string): void {
  if (heard === "yes") return;
  throw new CheckFailed({
    did: `${when}, your agent did not end the work on the first one.`,
    asks: "A new message ends the work that is still under way.",
    cause:
      heard === "nobody cancels"
        ? "Nobody cancels the earlier task: its id is not kept where this handler finds it, or it is not used."
        : "The next message waits until the work is done: it runs in the handler that takes messages, or that handler waits for its end without cancelling it.",
    next,
  });
}

/**
 * Sends a message, holds its work, and sends another message. Lifts the hold when the work has heard that it is
 * interrupted.
 *
 * @param meanwhile runs between the two messages
 * @throws {CheckFailed} if the work is not interrupted
 */
export async function interruptAt(
  stage: Stage,
  hold: Failure,
  at: Service,
  when: string,
  meanwhile?: () => void,
) {
  const session = newSession();
  const [first, message] = wishesFrom(stage.choices(), 2);
  const release = holdAside(stage, hold);
  const { task } = await untilHeld(stage, at, await send(stage, session, first));
  meanwhile?.();
  const second = await send(stage, session, message);
  const heard = await untilHeard(stage, task, second);
  release();
  expectHeard(heard, when);
  return { session, second, task };
}

/** Sends three messages, each while the work on the one before is held: first as given, then at the model. */
export async function interruptTwice(stage: Stage, hold: Failure, at: Service) {
  const session = newSession();
  const wishes = wishesFrom(stage.choices(), 3);
  const [first, second, third] = wishes;
  const release = holdAside(stage, hold);
  const { task } = await untilHeld(stage, at, await send(stage, session, first));
  const interrupting = await send(stage, session, second);
  await untilHeard(stage, task, interrupting);
  const ofOthers = ({ service, invocation }: Call) => service === "model" && invocation !== task;
  const endSilence = holdAside(stage, holdEach(ofOthers));
  release();
  const { task: later } = await untilHeld(stage, "model", interrupting, [task]);
  const heard = await untilHeard(stage, later, await send(stage, session, third));
  endSilence();
  await settle(stage, session);
  return { session, wishes, ended: heard === "yes" };
}

/** @throws {CheckFailed} if an interrupted task has asked the model again */
export function expectEnded(stage: Stage, task: string, when: string): void {
  if (modelCallsOf(stage, task) <= 1) return;
  throw new CheckFailed({
    did: `${when}, the old work asked the model again.`,
    asks: "Work that is interrupted ends: it asks nobody and writes nothing any more.",
    cause:
      "Something catches the cancellation: your code, or the AI SDK, which gives a tool's error to the model unless stopWhen throws it.",
    next,
  });
}

/** Waits until a message's handler has ended or waits for something; returns whether it waits. */
export async function untilItWaits(stage: Stage, message: Invocation): Promise<boolean> {
  const waits = await waitOrGiveUp("the end of the message, or that it waits", cap, async () => {
    if (message.ending !== undefined) return false;
    return (await countWaits(stage.server.adminUrl, message.id)) > 0 ? true : undefined;
  });
  return waits ?? true;
}

/** Waits until a second branch is opened, or all but this task waits; returns whether it was opened. */
export async function untilNewWorkBegins(
  stage: Stage,
  session: string,
  task: string,
): Promise<boolean> {
  let still = 0;
  const begun = await waitOrGiveUp("new work, or that it waits", cap, async () => {
    if (branchesOf(stage).length > 1) return true;
    const others = (await readAllOf(stage, session))?.rows.filter(
      ({ id, status }) => id !== task && status !== "completed",
    );
    const waits = others?.every(({ status }) => status === "suspended") ?? false;
    still = waits ? still + 1 : 0;
    return still >= glances ? false : undefined;
  });
  return begun ?? false;
}

/**
 * Cancels a message that waits for the end of a task, and waits until a second branch is opened, or the message
 * waits again, or all but the task has ended.
 *
 * @returns whether a second branch was opened
 */
export async function cancelWaiting(
  stage: Stage,
  session: string,
  message: Invocation,
  task: string,
): Promise<boolean> {
  const { adminUrl } = stage.server;
  const before = await countWaits(adminUrl, message.id);
  await message.cancel();
  const begun = await waitOrGiveUp("new work, or none", cap, async () => {
    if (branchesOf(stage).length > 1) return true;
    if ((await countWaits(adminUrl, message.id)) > before) return false;
    const all = await readAllOf(stage, session);
    const isOver = all?.rows.every(({ id, status }) => id === task || status === "completed");
    return isOver ? false : undefined;
  });
  return begun ?? false;
}
