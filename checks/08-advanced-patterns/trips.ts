import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, causeOfNoWords, tellOutcome } from "../report/outcome.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { cities } from "../stage/world/cities.ts";
import type { Entry } from "../stage/world/ledger.ts";

export const next = "Fix rollback-agent.ts, then: npm run check 08 rollback-agent";

/** What the world answers to a request for an SUV. */
export const refusal = "There is no SUV";

/** Asks for a hotel, a flight and, if given, a car. */
export function askForTrip(
  stage: Stage,
  choices: Chooser,
  car?: "compact" | "SUV",
): Promise<Invocation> {
  const guests = choices.integer(1, 6);
  const day = choices.integer(10, 20);
  const trip = `I need to book a trip to ${choices.one(cities)} from May ${day}-${day + 4}.`;
  const prompt = `${trip} Flying from JFK, need a hotel downtown for ${guests} guests`;
  return stage.invoke("book", {
    prompt: car === undefined ? `${prompt}.` : `${prompt}, and a ${car} rental car.`,
  });
}

/** What became of the bookings, according to the world's ledger. */
export interface Settled {
  /** Booking ids, in the order in which they were reserved, cancelled or confirmed. */
  reserved: string[];
  cancelled: string[];
  confirmed: string[];
}

/** Reads the world's ledger. Leaves out what only repeated an earlier effect. */
export function settledBy(stage: Stage): Settled {
  const entries = stage.world.ledger.entries.filter(({ repeated }) => !repeated);
  const ids = (effect: Entry["effect"]) =>
    entries.flatMap((entry) => (entry.effect === effect ? [entry.subject] : []));
  return {
    reserved: ids("reservation"),
    cancelled: ids("cancellation"),
    confirmed: ids("confirmation"),
  };
}

/** @throws {CheckFailed} unless the agent answered, and each booking was made and confirmed once */
export function expectBooked(stage: Stage, outcome: Outcome, count: number, when: string): void {
  expectNothingLeft(stage, when);
  const { reserved, confirmed } = settledBy(stage);
  const complete = reserved.length === count && confirmed.length === count;
  const text = outcome.kind === "answered" ? String(outcome.answer) : "";
  if (complete && text.includes("Reserved a flight")) return;
  throw new CheckFailed({
    did: `${when}, ${reserved.length} of ${count} bookings were made and ${confirmed.length} confirmed, and your agent ${tellOutcome(outcome)}`,
    asks: "Each booking that the trip needs is made once and confirmed, and the answer names them.",
    cause:
      causeOf(outcome) ??
      causeOfNoWords(outcome) ??
      (reserved.length > count
        ? "A reservation is made again with a key that the booking system has not seen before."
        : causeOfMissing(stage, outcome)),
    next,
  });
}

/** @throws {CheckFailed} unless all bookings were cancelled, last first, and the caller was told why */
export function expectRolledBack(stage: Stage, outcome: Outcome, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  if (confirmed.length > 0) {
    throw new CheckFailed({
      did: `${when}, your agent confirmed ${confirmed.join(" and ")}.`,
      asks: "If a part of a trip is unavailable, none of it is confirmed.",
      cause: "The model got the error as the tool's answer, and nothing ended the loop.",
      next,
    });
  }
  expectNothingLeft(stage, when);
  if (String(cancelled) !== String(reserved.toReversed())) {
    throw new CheckFailed({
      did: `${when}, your agent had booked ${reserved.join(", then ")}, and cancelled ${cancelled.join(", then ")}.`,
      asks: "The last booking is cancelled first: a later one may depend on an earlier one.",
      cause: "The code goes through the list from its beginning, or in no order.",
      next,
    });
  }
  if (outcome.kind === "failed" && outcome.message.includes(refusal)) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: `The invocation fails, and the caller is told why: ${refusal} available.`,
    cause: causeOf(outcome) ?? "The error is not rethrown, or another one is thrown.",
    next,
  });
}

/**
 * Checks a run that was cancelled after its first booking.
 *
 * @throws {CheckFailed} unless nothing is confirmed, every booking is cancelled, and the run failed
 */
export function expectTakenBack(stage: Stage, outcome: Outcome, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  const left = reserved.filter((id) => !cancelled.includes(id));
  if (left.length > 0 || confirmed.length > 0) {
    const became =
      confirmed.length > 0
        ? `confirmed ${confirmed.join(" and ")}`
        : `left ${left.join(" and ")} booked`;
    throw new CheckFailed({
      did: `${when}, your agent ${became}.`,
      asks: "If the run is cancelled, nobody needs the trip: cancel every booking, and confirm none.",
      cause: causeOfNotTakenBack(stage, { reserved, cancelled, confirmed }),
      next,
    });
  }
  if (outcome.kind === "failed") return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "A cancelled run fails, like a refused one: its caller has no trip.",
    cause: causeOf(outcome) ?? "The error is not rethrown.",
    next,
  });
}

const rollsBackTooLate =
  "An error or a cancellation during the confirmations starts the rollback. Put the confirmations outside the try whose catch rolls back. If a cancellation interrupts a confirmation, confirm again.";

function causeOfNotTakenBack(stage: Stage, { cancelled, confirmed }: Settled): string {
  if (confirmed.length > 0) {
    return "The cancellation was caught, or the model got it as the tool's answer: nothing ended the loop.";
  }
  const otherKey = causeOfTwoKeys(stage);
  if (otherKey !== undefined) return otherKey;
  return cancelled.length > 0
    ? "The answer to a reservation was lost. Your code did not ask again with the same key, or another cancellation interrupted the second request."
    : "The rollback runs after a refusal, but not after a cancellation or another error.";
}

/** @throws {CheckFailed} unless every booking is confirmed, and none is cancelled */
export function expectAllConfirmed(stage: Stage, when: string): void {
  expectNothingLeft(stage, when);
  const { cancelled } = settledBy(stage);
  if (cancelled.length === 0) return;
  throw new CheckFailed({
    did: `${when}, your agent cancelled ${cancelled.join(" and ")}.`,
    asks: "Once the first booking is confirmed, the trip is sold: all the others are confirmed, too.",
    cause: rollsBackTooLate,
    next,
  });
}

/** @throws {CheckFailed} if a booking is neither confirmed nor cancelled, or is both */
export function expectNothingLeft(stage: Stage, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  const both = reserved.find((id) => cancelled.includes(id) && confirmed.includes(id));
  if (both !== undefined) {
    throw new CheckFailed({
      did: `${when}, ${both} was both confirmed and cancelled.`,
      asks: "What is confirmed is paid for, so it is not cancelled. What is cancelled is not confirmed.",
      cause: wasDisturbed(stage)
        ? rollsBackTooLate
        : "The rollback also runs after a success, and not only after a failure.",
      next,
    });
  }
  const left = reserved.filter((id) => !cancelled.includes(id) && !confirmed.includes(id));
  if (left.length === 0) return;
  throw new CheckFailed({
    did: `${when}, ${left.join(" and ")} stayed booked: neither confirmed nor cancelled.`,
    asks: "Each reservation is confirmed or cancelled in the end, no matter what happens before.",
    cause: causeOfLeft(stage),
    next,
  });
}

/** Whether something disturbed the run: a cancellation, a kill, or an error as a booking's answer. */
function wasDisturbed(stage: Stage): boolean {
  const came = ["invocation cancelled", "agent killed"];
  return (
    stage.events.some(({ kind }) => came.includes(kind)) ||
    stage.calls("booking").some(({ outcome }) => outcome !== 200)
  );
}

function causeOfMissing(stage: Stage, outcome: Outcome): string {
  const keys = reservationsOf(stage).map(({ key }) => key);
  const shared = keys.find((key, place) => key !== "" && keys.indexOf(key) !== place);
  if (shared !== undefined && !stage.calls("booking").some(({ outcome: end }) => end === 503)) {
    return `Two bookings share the key ${shared}: the booking system treats the second as the first.`;
  }
  return outcome.kind === "answered" &&
    stage.calls("booking").some(({ outcome: end }) => end === 503)
    ? "The model got the outage as the tool's answer: the error was caught, or the step has a limit."
    : "A booking failed, and the others were cancelled.";
}

function causeOfLeft(stage: Stage): string {
  const otherKey = causeOfTwoKeys(stage);
  if (otherKey !== undefined) return otherKey;
  const happened = stage.events.map(({ kind }) => kind);
  if (stage.calls("booking").some(({ outcome }) => outcome === 503)) {
    return "The step that confirms or cancels it limits its attempts or its time, and gives up.";
  }
  if (happened.includes("invocation cancelled")) {
    return "The run was cancelled while your code confirmed or cancelled this booking: the next await throws, and nothing retries.";
  }
  if (happened.includes("agent killed")) {
    return "After a replay your code does not know this booking: it was noted in a variable inside a step, or not at all.";
  }
  return "The step that confirms or cancels it is never awaited, or never started.";
}

/** A request for a reservation, and its idempotency key. */
interface ReservationRequest {
  what: string;
  key: string;
}

function reservationsOf(stage: Stage): ReservationRequest[] {
  return stage.calls("booking").flatMap(({ asked }) => {
    const [method = "", url = "", key = "", ...body] = asked.split(" ");
    const isOne = method === "POST" && !/confirm|cancel/.test(url);
    return isOne ? [{ what: `${url} ${body.join(" ")}`, key }] : [];
  });
}

function causeOfTwoKeys(stage: Stage): string | undefined {
  const keys = keysOfOneReservation(stage);
  if (keys.length < 2) return undefined;
  return `Your code requested this reservation with one key, and then with another key: ${keys.join(", ")}. The booking system cannot know that both are one reservation.`;
}

/** The keys of the first request that was sent with several keys. Assumes no two equal bookings in a trip. */
function keysOfOneReservation(stage: Stage): string[] {
  const requests = reservationsOf(stage);
  const keysOf = (what: string) => [
    ...new Set(requests.filter((each) => each.what === what).map(({ key }) => key)),
  ];
  return requests.map(({ what }) => keysOf(what)).find((keys) => keys.length > 1) ?? [];
}
