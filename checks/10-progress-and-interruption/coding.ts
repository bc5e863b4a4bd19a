import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { causeOfMismatch } from "../shared/calm.ts";
import { differenceOf, type Said, stringsIn, textsIn } from "../shared/history.ts";
import { untilNothingIsDue } from "../stage/due.ts";
import type { Call, Service } from "../stage/events.ts";
import type { Failure } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { readInvocation, readMode } from "../stage/restate/admin.ts";
import { hasCalled, hasHeardOfCancel, hasWaited, readMade } from "../stage/restate/journal.ts";
import { readLineage } from "../stage/restate/lineage.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { DidNotCome, waitFor } from "../stage/wait.ts";

export const next = "Fix coding-agent.ts, then: npm run check 10 coding-agent";

// Milliseconds, far more than it takes on two busy cores.
const cap = 20_000;
/** So often a look must find the same, where Restate shows a moment's state and not what comes next. */
export const glances = 5;

const things = ["a todo CLI", "a chess clock", "an address book", "a quiz", "a mail filter"];
const details = [
  "In TypeScript.",
  "With tests.",
  "Without dependencies.",
  "It must be fast.",
  "It needs a manual.",
  "Nobody may see passwords.",
];

/** A new session on each call, because Restate keeps the state of earlier ones. */
export function newSession(): string {
  return `session-${randomUUID()}`;
}

/** What a user wants, one message after the other. No two are the same. */
export function wishesFrom<Count extends 1 | 2 | 3 | 4>(choices: Chooser, count: Count) {
  const first = choices.integer(0, details.length - 1);
  const more = Array.from(
    { length: count - 1 },
    (_, nth) => details[(first + nth) % details.length],
  );
  return [`Build ${choices.one(things)}.`, ...more] as Wishes[Count];
}

interface Wishes {
  1: [string];
  2: [string, string];
  3: [string, string, string];
  4: [string, string, string, string];
}

/** Sends a message to a session, and does not wait until its handler has answered. */
export function send(stage: Stage, session: string, message: string): Promise<Invocation> {
  return stage.invoke(`${session}/message`, { message });
}

/** @throws {CheckFailed} unless the handler takes the message */
export async function expectTaken(message: Invocation, when: string): Promise<void> {
  expectAnswered(await message.outcome(), when);
}

function expectAnswered(outcome: Outcome, when: string): void {
  if (outcome.kind === "answered") return;
  throw new CheckFailed({
    did: `${when}, the handler of the message ${tellOutcome(outcome)}`,
    asks: "Each message is taken, no matter how the work on an earlier one has ended.",
    cause:
      causeOf(outcome) ??
      "The handler passes on the error with which an earlier task has ended, or waits for what never comes.",
    next,
  });
}

/** Waits until all that a session's messages have set going is over, even if a timer limits a wait. */
export async function settle(stage: Stage, session: string): Promise<void> {
  await waitFor("the end of the work", cap, async () => {
    const later = await untilNothingIsDue(stage, session, Date.now());
    return later === 0 ? true : undefined;
  }).catch((error) => {
    // What has not ended by then never will.
    if (!(error instanceof DidNotCome)) throw error;
  });
}

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
  const call = await waitFor("the call that is held", cap, async () => {
    const held = stage.calls(service).find(isMeant);
    if (held !== undefined) return held;
    const rows = await readLineage(stage.server.adminUrl, ids);
    const isOver =
      message.ending !== undefined && rows.every(({ status }) => status === "completed");
    return isOver ? null : undefined;
  }).catch((error) => {
    if (!(error instanceof DidNotCome)) throw error;
    return null;
  });
  if (call === null) return undefined;
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
  const looking = waitFor("the cancellation of the task", cap, async () => {
    if (await hasHeardOfCancel(adminUrl, task, 1)) return "yes";
    const rows = await readLineage(adminUrl, callers);
    const own = rows.find(({ id }) => id === message.id);
    if (own === undefined) return undefined;
    const worksOrWaits = callers.includes(task) || (await hasCalled(adminUrl, callers, task));
    if (own.status === "pending" && worksOrWaits) return "the message waits for it";
    const { cancelled } = await readMade(adminUrl, [message.id]);
    const waits = !cancelled.includes(task) && (await hasWaited(adminUrl, message.id));
    // A handler that waits first may cancel a moment later.
    waiting = waits ? waiting + 1 : 0;
    if (waiting >= glances) return "the message waits for it";
    const held = stage.allCalls.flatMap((call) => (call.held ? [call.invocation] : []));
    const isOver = rows.every(({ id, status }) => status === "completed" || held.includes(id));
    if (!isOver) return undefined;
    return (await hasHeardOfCancel(adminUrl, task, 1)) ? "yes" : "nobody cancels";
  });
  return looking.catch((error) => {
    if (error instanceof DidNotCome) return "the message waits for it";
    throw error;
  });
}

/** Waits until an invocation has ended; gives up if it does not. */
export async function untilEnded(stage: Stage, id: string): Promise<void> {
  await waitFor("its end", cap, async () => {
    const row = await readInvocation(stage.server.adminUrl, id);
    return row?.status === "completed" ? true : undefined;
  }).catch((error) => {
    if (!(error instanceof DidNotCome)) throw error;
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

/** A branch that an agent opened. The numbers are places in the ledger. */
export interface Branch {
  name: string;
  opened: number;
  files: string[];
  /** Undefined if it is still open. */
  closed: number | undefined;
}

/** The branches, in the order in which they were opened. */
export function branchesOf(stage: Stage): Branch[] {
  const entries = stage.world.ledger.entries.filter(({ repeated }) => !repeated);
  return entries
    .filter(({ effect }) => effect === "opening")
    .map(({ subject: name, number: opened }) => {
      const own = entries.filter(({ subject }) => subject === name);
      return {
        name,
        opened,
        files: own.flatMap(({ effect, text = "" }) => (effect === "file" ? [text] : [])),
        closed: own.find(({ effect }) => effect === "closing")?.number,
      };
    });
}

/** @throws {CheckFailed} if a branch is still open */
export async function expectClosed(stage: Stage, when: string, cause: string): Promise<void> {
  const open = branchesOf(stage).filter(({ closed }) => closed === undefined);
  if (open.length === 0) return;
  throw new CheckFailed({
    did: `${when}, your agent left ${open.length === 1 ? "a branch" : `${open.length} branches`} open.`,
    asks: "What was borrowed is given back: each branch is closed, no matter how the work on it ends.",
    cause: (await causeOfMismatch(stage)) ?? cause,
    next,
  });
}

/** How often a task has asked the model. */
export function modelCallsOf(stage: Stage, task: string): number {
  return stage.calls("model").filter(({ invocation }) => invocation === task).length;
}

/** Asks for a session's history. @throws {CheckFailed} unless it is answered */
export async function historyOf(stage: Stage, session: string, when: string): Promise<unknown> {
  const outcome = await (await stage.invoke(`${session}/getHistory`, null)).outcome();
  if (outcome.kind === "answered") return outcome.answer;
  throw new CheckFailed({
    did: `${when}, getHistory ${tellOutcome(outcome)}`,
    asks: "getHistory answers with the session's messages.",
    cause: causeOf(outcome) ?? "getHistory fails, or waits for a turn.",
    next,
  });
}

/**
 * @throws {CheckFailed} unless the session's history has what the user said, each message once and in this order,
 * and ends with the model's answer to all of it
 */
export async function expectHistory(
  stage: Stage,
  session: string,
  wishes: readonly string[],
  when: string,
): Promise<void> {
  const history = await historyOf(stage, session, when);
  const said: Said[] = wishes.map((text) => ({ role: "user", text }));
  const difference = differenceOf(history, said);
  const asks = "The conversation has all that the user said, and the latest answer.";
  const fail = (did: string, cause: string) => {
    throw new CheckFailed({ did: `${when}, ${did}`, asks, cause, next });
  };
  if (difference?.kind === "unreadable") {
    fail(`getHistory answered ${difference.words}`, "getHistory does not return the messages.");
  }
  if (difference?.kind === "order") {
    fail(
      "the history is not in the order of the conversation.",
      "Messages are not put together in the order in which they came.",
    );
  }
  if (difference !== undefined) {
    const isLost = difference.kind === "lost";
    fail(
      `the history ${isLost ? "has lost" : "repeats"} ${difference.words}`,
      isLost ? lostCause : "A message is added in two places of the code, or by a second attempt.",
    );
  }
  const [last] = (history as { content: unknown }[]).slice(-1);
  const answer = stringsIn(last?.content).join(" ");
  const missing = wishes.find((wish) => !answer.includes(wish));
  if (missing !== undefined) {
    fail(
      `the history does not end with the answer to ${JSON.stringify(missing)}.`,
      "News of older work replaces the conversation, or the latest work ends without an answer.",
    );
  }
}

const lostCause =
  "What the user says is stored only together with the answer. Work that is interrupted has no answer. Or news of older work comes late and replaces the conversation.";

/** The messages of the user in the request to the model that has most of these; in the request's order. */
export function mostTold(stage: Stage, wishes: readonly string[]): string[] {
  const calls = stage.calls("model").filter(({ asked }) => asked !== "");
  const told = calls.map((request) =>
    textsIn(request, calls).flatMap(({ role, text }) =>
      role === "user" && wishes.includes(text) ? [text] : [],
    ),
  );
  return told.reduce((most, each) => (each.length > most.length ? each : most), []);
}

/** @throws {CheckFailed} unless a request to the model has all that the user said, in this order */
export function expectTold(stage: Stage, wishes: readonly string[], when: string): void {
  const told = mostTold(stage, wishes);
  if (isDeepStrictEqual(told, wishes)) return;
  throw new CheckFailed({
    did: `${when}, the model was told ${told.length} of the user's ${wishes.length} messages.`,
    asks: "New work knows all that was said, also what was said to work that was interrupted.",
    cause: lostCause,
    next,
  });
}
