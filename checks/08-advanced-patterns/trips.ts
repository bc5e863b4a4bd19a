import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, causeOfNoWords, tellOutcome } from "../report/outcome.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { cities } from "../stage/world/cities.ts";
import type { Entry } from "../stage/world/ledger.ts";

export const next = "Fix rollback-agent.ts, then: npm run check 08 rollback-agent";

/** What the world says to whoever asks for an SUV. */
export const refusal = "There is no SUV";

/** Asks for hotel and flight, and for a car, if any. */
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

/** What became of what was booked, by the world's ledger. */
export interface Settled {
  /** Booking ids, in the order in which they were made, cancelled, confirmed. */
  reserved: string[];
  cancelled: string[];
  confirmed: string[];
}

/** Reads the world's ledger; what an id or a key had done before counts once. */
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

/** @throws {CheckFailed} unless the trip was answered, and all of it is booked and confirmed, once */
export function expectBooked(stage: Stage, outcome: Outcome, count: number, when: string): void {
  expectNothingLeft(stage, when);
  const { reserved, confirmed } = settledBy(stage);
  const complete = reserved.length === count && confirmed.length === count;
  const text = outcome.kind === "answered" ? String(outcome.answer) : "";
  if (complete && text.includes("Reserved a flight")) return;
  throw new CheckFailed({
    did: `${when}, ${reserved.length} of ${count} bookings were made and ${confirmed.length} confirmed, and your agent ${tellOutcome(outcome)}`,
    asks: "Each booking that the trip needs is made once and confirmed, and the agent tells of them.",
    cause:
      causeOf(outcome) ??
      causeOfNoWords(outcome) ??
      (reserved.length > count
        ? "A reservation is made again with a key that the world has not seen before."
        : causeOfMissing(stage, outcome)),
    next,
  });
}

/** @throws {CheckFailed} unless all that was booked is cancelled, the last first, and the reason told */
export function expectRolledBack(stage: Stage, outcome: Outcome, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  if (confirmed.length > 0) {
    throw new CheckFailed({
      did: `${when}, your agent confirmed ${confirmed.join(" and ")}.`,
      asks: "A trip of which a part is unavailable is not taken: nothing of it is confirmed.",
      cause: "The error went to the model as the tool's answer, and nothing ended the loop.",
      next,
    });
  }
  expectNothingLeft(stage, when);
  if (String(cancelled) !== String(reserved.toReversed())) {
    throw new CheckFailed({
      did: `${when}, your agent had booked ${reserved.join(", then ")}, and cancelled ${cancelled.join(", then ")}.`,
      asks: "What was booked last is cancelled first: a later step may rest on an earlier one.",
      cause: "The list is gone through from its beginning, or in no order.",
      next,
    });
  }
  if (outcome.kind === "failed" && outcome.message.includes(refusal)) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: `The invocation fails, and whoever called is told why: ${refusal} available.`,
    cause: causeOf(outcome) ?? "The error ends in the catch, or another one is thrown.",
    next,
  });
}

/**
 * Of a run that was cancelled once its first booking was made.
 *
 * @throws {CheckFailed} unless nothing is confirmed, all that was booked cancelled, and the run failed
 */
export function expectTakenBack(stage: Stage, outcome: Outcome, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  const left = reserved.filter((id) => !cancelled.includes(id));
  if (left.length > 0 || confirmed.length > 0) {
    const became =
      confirmed.length > 0 ? `confirmed ${confirmed.join(" and ")}` : `left ${left.join(" and ")}`;
    throw new CheckFailed({
      did: `${when}, your agent ${became}.`,
      asks: "Whoever cancels wants no trip: what is booked by then is cancelled, and nothing confirmed.",
      cause: causeOfNotTakenBack(stage, { reserved, cancelled, confirmed }),
      next,
    });
  }
  if (outcome.kind === "failed") return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "A run that was cancelled fails, as one that was refused: whoever called has no trip.",
    cause: causeOf(outcome) ?? "The error ends in the catch.",
    next,
  });
}

function causeOfNotTakenBack(stage: Stage, { cancelled, confirmed }: Settled): string {
  if (confirmed.length > 0) {
    return "The cancellation was caught, or went to the model as the tool's answer: nothing ended the loop.";
  }
  const otherKey = causeOfTwoKeys(stage);
  if (otherKey !== undefined) return otherKey;
  return cancelled.length > 0
    ? "The answer to a reservation was missed, and nobody asked again with its key, or only once, which another cancellation cut, too."
    : "The rollback follows a refusal, and not whatever else ends the loop.";
}

/** @throws {CheckFailed} where a booking is neither confirmed nor cancelled, or both */
export function expectNothingLeft(stage: Stage, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  const both = reserved.find((id) => cancelled.includes(id) && confirmed.includes(id));
  if (both !== undefined) {
    throw new CheckFailed({
      did: `${when}, ${both} was both confirmed and cancelled.`,
      asks: "What is confirmed is paid for: it is not taken back, and what is taken back not confirmed.",
      cause: wasDisturbed(stage)
        ? "An error while confirming starts the rollback, or a cancellation does."
        : "The rollback runs after a success, too, and not only where a part of the trip failed.",
      next,
    });
  }
  const left = reserved.filter((id) => !cancelled.includes(id) && !confirmed.includes(id));
  if (left.length === 0) return;
  throw new CheckFailed({
    did: `${when}, ${left.join(" and ")} stayed booked: neither confirmed nor cancelled.`,
    asks: "Each reservation is confirmed or cancelled in the end, whatever happens before that.",
    cause: causeOfLeft(stage),
    next,
  });
}

/** Whether something came in between: a cancellation, a kill, or an answer that is an error. */
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
    return `Two of the bookings have one key, ${shared}: the world takes the second for the first.`;
  }
  return outcome.kind === "answered" &&
    stage.calls("booking").some(({ outcome: end }) => end === 503)
    ? "The outage went to the model as the tool's answer: the error was caught, or the step has a limit."
    : "A booking failed, and what was made was taken back.";
}

function causeOfLeft(stage: Stage): string {
  const otherKey = causeOfTwoKeys(stage);
  if (otherKey !== undefined) return otherKey;
  const happened = stage.events.map(({ kind }) => kind);
  if (stage.calls("booking").some(({ outcome }) => outcome === 503)) {
    return "The step that settles it has a limit, of attempts or of time, and gives up.";
  }
  if (happened.includes("invocation cancelled")) {
    return "A cancellation has cut off what was to settle it: the next await throws, and nobody tries again.";
  }
  if (happened.includes("agent killed")) {
    return "How to settle it is not there after a replay: it was noted in a variable inside a step, or not at all.";
  }
  return "The step that settles it is never awaited, or never begun.";
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
  return `It was asked for with one key, and then with another key: ${keys.join(", ")}. The world cannot know that both are one reservation.`;
}

/** The keys of the first thing that was asked for with more than one; of a trip with no two alike. */
function keysOfOneReservation(stage: Stage): string[] {
  const requests = reservationsOf(stage);
  const keysOf = (what: string) => [
    ...new Set(requests.filter((each) => each.what === what).map(({ key }) => key)),
  ];
  return requests.map(({ what }) => keysOf(what)).find((keys) => keys.length > 1) ?? [];
}
