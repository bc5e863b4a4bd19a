import { causes } from "../report/causes.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { times } from "../report/times.ts";
import { causeOfMismatch } from "../shared/calm.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { day, follow, goBack, hour, late, newUser, type Told } from "./days.ts";

export const next = "Fix digest-agent.ts, then: npm run check 09 digest-agent";

/** What the agent is asked for. */
export interface Subscription {
  about: string;
  hour: number;
  minute: number;
  timeZone: string;
}

const subjects = ["Oslo", "the sea", "our garden", "the trains", "chess", "the night sky"];
const zones = ["America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Europe/Oslo"];
// All subscriptions of a process are hours away from this time, whenever in its life they are chosen.
const started = Date.now();
// Milliseconds. Within these, a check ends.
const halfAnHour = hour / 2;

/**
 * A subscription whose time of day is at least five hours away, so that none comes up for real during a check.
 * Its time zone is neither this machine's nor UTC.
 */
export function subscriptionFrom(choices: Chooser): Subscription {
  const here = Temporal.Now.timeZoneId();
  const others = zones.filter((zone) => [here, "UTC"].every((each) => isFar(zone, each)));
  const timeZone = choices.one(others);
  const time = Temporal.Instant.fromEpochMilliseconds(started)
    .toZonedDateTimeISO(timeZone)
    .add({ minutes: choices.integer(6 * 60, 18 * 60) });
  return { about: choices.one(subjects), hour: time.hour, minute: time.minute, timeZone };
}

function isFar(zone: string, other: string): boolean {
  const at = Temporal.Instant.fromEpochMilliseconds(started);
  const offset = (of: string) => at.toZonedDateTimeISO(of).offsetNanoseconds;
  return Math.abs(offset(zone) - offset(other)) > halfAnHour * 1e6;
}

/** When a subscription's digests are due between two times, all in milliseconds since 1970. */
export function duesOf(subscription: Subscription, from: number, to: number): number[] {
  const { hour, minute, timeZone } = subscription;
  const plainTime = { hour, minute };
  const dues: number[] = [];
  let date = Temporal.Instant.fromEpochMilliseconds(from)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  for (let due = 0; due <= to; date = date.add({ days: 1 })) {
    due = date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
    if (due > from && due <= to) dues.push(due);
  }
  return dues;
}

/** When a subscription's next digest is due, in milliseconds since 1970. */
export function nextDueOf(subscription: Subscription): number {
  const now = Date.now();
  const [due = now] = duesOf(subscription, now, now + 2 * day);
  return due;
}

/** A user who is about to subscribe, while the agents' clock is some days back: what is due until now. */
export async function begin(stage: Stage, choices: Chooser, days: number) {
  const user = newUser();
  const told = follow(stage, user);
  const subscription = subscriptionFrom(choices);
  await goBack(stage, days);
  return { user, told, subscription, dues: duesOf(subscription, stage.agents.time, Date.now()) };
}

/** @throws {CheckFailed} unless the agent answers; returns the answer */
export async function expectAnswer(invocation: Invocation, when: string): Promise<unknown> {
  const outcome = await invocation.outcome();
  if (outcome.kind === "answered") return outcome.answer;
  const known = causeOf(outcome);
  throw new CheckFailed({
    did: `${when}, your agent's ${invocation.handler} ${tellOutcome(outcome)}`,
    asks: "Every request is answered. A digest that is due tomorrow keeps nobody waiting.",
    cause:
      known === undefined || known === causes.waitsInVain
        ? "The handler waits until the digest is due, or calls its own object, and so keeps the user's key."
        : known,
    next,
  });
}

/** Subscribes. @throws {CheckFailed} if the agent does not answer */
export async function start(stage: Stage, user: string, subscription: Subscription, when: string) {
  return expectAnswer(await stage.invoke(`${user}/start`, subscription), when);
}

/** Why the user may not get a digest, get it more than once, or at another time. */
export interface Doubts {
  none: string;
  several: string;
  other: string;
}

export const doubts: Doubts = {
  none: "Nothing plans the next run, or only a process knows about it.",
  several: "There are two runs for one day, or each attempt notifies with another idempotency key.",
  other: "The time is in another time zone, or the next one is computed without nextTime.",
};

/** When a digest is due, in milliseconds since 1970. */
export interface Due {
  at: number;
  /** Whether the digest may also be missing. */
  optional: boolean;
}

/** @throws {CheckFailed} unless the user got a digest at each time, and no others */
export async function expectDigests(
  stage: Stage,
  told: readonly Told[],
  dues: readonly Due[],
  when: string,
  { none, several, other }: Doubts,
): Promise<void> {
  const asks = "The user gets one digest a day, at the hour of the subscription, whatever happens.";
  const mismatch = await causeOfMismatch(stage);
  const fail = (did: string, cause: string) => {
    throw new CheckFailed({ did: `${when}, ${did}`, asks, cause: mismatch ?? cause, next });
  };
  const isFor = (due: Due) => (each: Told) => each.at >= due.at - late && each.at < due.at + late;
  const odd = told.find((each) => !dues.some((due) => isFor(due)(each)));
  if (odd !== undefined) {
    const time = new Date(odd.at).toISOString();
    fail(`a digest came at ${time}, when none was due.`, other);
  }
  for (const [nth, due] of dues.entries()) {
    const count = told.filter(isFor(due)).length;
    if (count === 0 && !due.optional) fail(`no digest came on day ${nth + 1}.`, none);
    if (count > 1) fail(`the digest of day ${nth + 1} came ${times(count)}.`, several);
  }
}

/** Dues at each of which a digest must come. */
export function each(dues: readonly number[]): Due[] {
  return dues.map((at) => ({ at, optional: false }));
}

/** Dues at which a digest may come, but not twice. */
export function atMost(dues: readonly number[]): Due[] {
  return dues.map((at) => ({ at, optional: true }));
}

/** @throws {CheckFailed} unless `next` says when the next digest is due; undefined: that none is */
export async function expectNext(
  stage: Stage,
  user: string,
  due: number | undefined,
  when: string,
) {
  const answer = await expectAnswer(await stage.invoke(`${user}/next`, null), when);
  const should = due === undefined ? null : new Date(due).toISOString();
  const isRight =
    due === undefined ? (answer ?? null) === null : Date.parse(String(answer)) === due;
  if (isRight) return;
  throw new CheckFailed({
    did: `${when}, next answered ${JSON.stringify(answer)} instead of ${JSON.stringify(should)}.`,
    asks: "next says when the next digest is due; null if none is.",
    cause:
      due === undefined
        ? "stop leaves something in the state."
        : "The next run is not planned, or is planned for another time.",
    next,
  });
}
