import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { cities } from "../stage/world/cities.ts";
import type { Entry } from "../stage/world/ledger.ts";

export const next = "Mend rollback-agent.ts, then: npm run check 08 rollback-agent";

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
      (reserved.length > count
        ? "A reservation is made again with a key that the world has not seen before."
        : "A booking failed, and what was made was taken back; or it has the key of another one."),
    next,
  });
}

/** @throws {CheckFailed} unless all that was booked is cancelled, the last first, and the reason told */
export function expectRolledBack(stage: Stage, outcome: Outcome, when: string): void {
  const { reserved, cancelled, confirmed } = settledBy(stage);
  if (confirmed.length > 0) {
    throw new CheckFailed({
      did: `${when}, your agent confirmed ${confirmed.join(" and ")}.`,
      asks: "A trip of which a part cannot be had is not taken: nothing of it is confirmed.",
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
    asks: `The invocation fails, and whoever called is told why: ${refusal} to be had.`,
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
      cause: causeOfNotTakenBack({ reserved, cancelled, confirmed }),
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

function causeOfNotTakenBack({ cancelled, confirmed }: Settled): string {
  if (confirmed.length > 0) {
    return "The cancellation was caught, or went to the model as the tool's answer: nothing ended the loop.";
  }
  return cancelled.length > 0
    ? "The answer to a reservation was missed, and nobody asked again with its key."
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
      cause: "An error while confirming starts the rollback.",
      next,
    });
  }
  const left = reserved.filter((id) => !cancelled.includes(id) && !confirmed.includes(id));
  if (left.length === 0) return;
  throw new CheckFailed({
    did: `${when}, ${left.join(" and ")} stayed booked: neither confirmed nor cancelled.`,
    asks: "Each reservation is confirmed or cancelled in the end, whatever happens meanwhile.",
    cause: causeOfLeft(stage, left),
    next,
  });
}

function causeOfLeft(stage: Stage, left: readonly string[]): string {
  const kinds = left.map((id) => id.split("-")[0]);
  const { reserved } = settledBy(stage);
  const twice = kinds.some((kind) => reserved.filter((id) => id.startsWith(`${kind}-`)).length > 1);
  return twice
    ? "It was reserved a second time, with another key, and nobody knows of the first."
    : "How to settle it was forgotten on a replay, is never awaited, has a limit of attempts or of time, or was cut off by a cancellation.";
}
