import { randomUUID } from "node:crypto";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { untilNothingIsDue } from "../stage/due.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { waitOrGiveUp } from "../stage/wait.ts";

export const next = "Fix coding-agent.ts, then: npm run check 10 coding-agent";

/** Milliseconds, far more than it takes on two busy cores. */
export const cap = 20_000;

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

/** @throws {CheckFailed} unless this outcome of a message is an answer */
export function expectAnswered(outcome: Outcome, when: string): void {
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
  await waitOrGiveUp("the end of the work", cap, async () => {
    const later = await untilNothingIsDue(stage, session, Date.now());
    return later === 0 ? true : undefined;
  });
}

/** How often a task has asked the model. */
export function modelCallsOf(stage: Stage, task: string): number {
  return stage.calls("model").filter(({ invocation }) => invocation === task).length;
}
