import { causes } from "../report/causes.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { times } from "../report/times.ts";
import { answeredItems } from "../shared/model-items.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { late, minute, type Told } from "./days.ts";

export const next = "Fix reminder-agent.ts, then: npm run check 09 reminder-agent";

const things = ["call room", "water plant", "pay bill", "return book", "lock door", "feed cat"];

/** Something to remind of, each time something else. */
export function somethingToDo(choices: Chooser): string {
  return `${choices.one(things)} ${choices.integer(10, 99)}`;
}

/** Asks the agent; returns its answer. @throws {CheckFailed} if it does not answer */
export async function ask(
  stage: Stage,
  user: string,
  prompt: string,
  when: string,
): Promise<unknown> {
  const invocation = await stage.invoke(`${user}/ask`, { prompt });
  return expectAnswer(invocation, when);
}

/** @throws {CheckFailed} unless the agent answers; returns the answer */
export async function expectAnswer(invocation: Invocation, when: string): Promise<unknown> {
  const outcome = await invocation.outcome();
  if (outcome.kind === "answered") return outcome.answer;
  const known = causeOf(outcome);
  throw new CheckFailed({
    did: `${when}, your agent's ${invocation.handler} ${tellOutcome(outcome)}`,
    asks: "Every request is answered. A reminder that waits keeps nobody waiting.",
    cause:
      known === undefined || known === causes.waitsInVain
        ? "The handler fails, or it sleeps until the time of the reminder and keeps the user's key."
        : known,
    next,
  });
}

/** A reminder as `list` shows it. */
export interface Listed {
  at: string;
  text: string;
}

/** Asks for the list of a user's reminders. @throws {CheckFailed} if the answer is something else */
export async function listOf(stage: Stage, user: string, when: string): Promise<Listed[]> {
  const listed = await expectAnswer(await stage.invoke(`${user}/list`, null), when);
  if (Array.isArray(listed) && listed.every(isListed)) return listed;
  throw new CheckFailed({
    did: `${when}, list answered ${JSON.stringify(listed)}`,
    asks: "The list has each reminder that is still to come, as { at, text }.",
    cause: "list does not return the reminders that you keep.",
    next,
  });
}

function isListed(each: unknown): each is Listed {
  return typeof each === "object" && each !== null && "at" in each && "text" in each;
}

/** @throws {CheckFailed} unless a user was told each of some texts, as often as it is in the list */
export function expectTold(
  stage: Stage,
  told: readonly Told[],
  texts: readonly string[],
  when: string,
): void {
  for (const text of new Set([...texts, ...told.map((each) => each.text)])) {
    const should = texts.filter((each) => each === text).length;
    const was = told.filter((each) => each.text === text).length;
    if (was === should) continue;
    throw new CheckFailed({
      did: `${when}, the user was reminded ${was === 0 ? "never" : times(was)} to ${text}.`,
      asks: "Each reminder reaches the user once, no matter what crashes or is restarted.",
      cause: was < should ? causeOfSilence(stage) : causeOfRepetition,
      next,
    });
  }
}

const causeOfRepetition =
  "The reminder is set again by another attempt, or each attempt notifies with another idempotency key.";

function causeOfSilence(stage: Stage): string {
  const calls = stage.calls("model");
  const set = calls.flatMap(answeredItems).find(({ type }) => type === "function_call");
  if (set !== undefined && !/\d\d:\d\d/.test(String(set.arguments))) {
    return "The model was not told what time it is, so it cannot say when.";
  }
  return stage.calls("push").length > 0
    ? "A notification that fails is not retried, or two reminders have one idempotency key."
    : "The reminder is only in the memory of a process, or Restate does not run it.";
}

/** @throws {CheckFailed} unless the user was told at a time, on the agents' clock */
export function expectPunctual(told: Told | undefined, due: number): void {
  const at = told?.at ?? 0;
  if (at >= due && at < due + late) return;
  const minutes = Math.round(Math.abs(at - due) / minute);
  throw new CheckFailed({
    did: `The user was reminded ${minutes} min ${at < due ? "before" : "after"} the time.`,
    asks: "The reminder comes at the time that the model gave to the tool.",
    cause:
      "The delay is in another unit, is rounded, or does not count from the moment of the send.",
    next,
  });
}

/** @throws {CheckFailed} unless a list has exactly these texts, in any order */
export function expectListed(
  listed: readonly { text: string }[],
  texts: readonly string[],
  when: string,
): void {
  const found = listed.map(({ text }) => text);
  const lost = moreIn(texts, found);
  const left = moreIn(found, texts);
  if (lost !== undefined) {
    throw new CheckFailed({
      did: `${when}, the list lacks a reminder to ${lost}.`,
      asks: "The list has each reminder that is still to come, whichever process answers.",
      cause:
        "The reminders are in the memory of one process, or one takes others off the list that have the same words.",
      next,
    });
  }
  if (left !== undefined) {
    throw new CheckFailed({
      did: `${when}, the list still has a reminder to ${left}.`,
      asks: "What was sent or forgotten is no longer on the list.",
      cause:
        "Nothing takes it off the list, or only one of several, or it is compared by something else.",
      next,
    });
  }
}

/** A text that one list has more often than another; undefined if there is none. */
function moreIn(list: readonly string[], other: readonly string[]): string | undefined {
  const count = (texts: readonly string[], text: string) =>
    texts.filter((each) => each === text).length;
  return list.find((text) => count(list, text) > count(other, text));
}
