import { CheckFailed } from "../report/check-failed.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { endsTheLoop } from "../shared/endless-model.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { outlastAnyLimit } from "../shared/outages.ts";
import { letADayPass, shortenDays } from "../shared/short-days.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import type { Service } from "../stage/events.ts";
import { type Failure, holdAnswerTo, holdAt, killAfter, outageOf } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { modelCalls } from "../stage/model-calls.ts";
import type { Mode } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";
import { cities } from "../stage/world/cities.ts";
import { scenario } from "./rollback-agent.scenario.ts";
import {
  askForTrip,
  expectAllConfirmed,
  expectBooked,
  expectNothingLeft,
  expectRolledBack,
  expectTakenBack,
  next,
  settledBy,
} from "./trips.ts";

// Numbers of booking calls. A trip that succeeds has: hotel, flight, car, then three confirmations.
// A trip that fails has: hotel, flight, the refused car, then two cancellations.
const secondReservation = 2;
const secondConfirmation = 5;
const firstCancellation = 4;
const refusedBooking = 3;
const cancellations = 3;

const books: Check = {
  id: "books",
  title: "books what is asked for, and confirms it",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await askForTrip(stage, stage.choices());
    expectBooked(stage, await invocation.outcome(), 2, "Asked for a hotel and a flight");
  },
};

const booksAgain: Check = {
  id: "books-again",
  title: "books the same trip for someone else, too",
  modes: ["normal"],
  run: async (stage) => {
    await (await askForTrip(stage, stage.choices())).outcome();
    const invocation = await askForTrip(stage, stage.choices());
    const when = "Asked by two people for the same trip";
    expectBooked(stage, await invocation.outcome(), 4, when);
  },
};

const confirmsLast: Check = {
  id: "confirms-last",
  title: "confirms nothing before everything is booked",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    const when = "Asked for a hotel, a flight and a car";
    expectBooked(stage, await invocation.outcome(), 3, when);
    const entries = stage.world.ledger.entries.map(({ effect }) => effect);
    if (entries.indexOf("confirmation") > entries.lastIndexOf("reservation")) return;
    throw new CheckFailed({
      did: `${when}, your agent confirmed a booking before the last one was made.`,
      asks: "A confirmation cannot be undone, so everything must be booked before the first one.",
      cause: "Each booking is confirmed in its own tool.",
      next,
    });
  },
};

const rollsBack: Check = {
  id: "rolls-back",
  title: "cancels in reverse if a booking is refused",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await askForTrip(stage, stage.choices(), "SUV");
    expectRolledBack(stage, await invocation.outcome(), "When the car had been refused");
    // The model is called once for each booking.
    if (stage.calls("model").length <= refusedBooking) return;
    throw new CheckFailed({
      did: "When the car had been refused, your agent asked the model what to do.",
      asks: "The refusal ends the loop: a model that is told about it may book something else.",
      cause: "The code looks at a tool's error only when the loop has ended.",
      next,
    });
  },
};

const crashAfterReservation: Check = {
  id: "crash-after-reservation",
  title: "killed, books nothing twice",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const nth = stage.choices().integer(2, 3);
    stage.inject(killAfter("booking", nth));
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    const when = `Killed before the answer to reservation ${nth} arrived`;
    expectBooked(stage, await invocation.outcome(), 3, when);
  },
};

const crashInConfirmation: Check = {
  id: "crash-in-confirmation",
  title: "killed, still confirms the rest",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    stage.inject(killAfter("booking", secondConfirmation));
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    expectBooked(stage, await invocation.outcome(), 3, "Killed while it confirmed the bookings");
  },
};

const crashInRollback: Check = {
  id: "crash-in-rollback",
  title: "killed in a rollback, cancels the rest",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    stage.inject(killAfter("booking", firstCancellation));
    const invocation = await askForTrip(stage, stage.choices(), "SUV");
    expectRolledBack(stage, await invocation.outcome(), "Killed while it cancelled the bookings");
  },
};

const booksTwoOfAKind: Check = {
  id: "two-of-a-kind",
  title: "books two rooms where the model asks for two",
  modes: ["normal"],
  run: async (stage) => {
    const choices = stage.choices();
    const city = choices.one(cities);
    const input = { city, checkIn: "May 10", checkOut: "May 14", guests: choices.integer(1, 6) };
    const room = { tool: "bookHotel", input };
    stage.inject(modelCalls([[room], [room]]));
    const invocation = await askForTrip(stage, stage.choices());
    const when = "Asked for two equal rooms and a flight";
    expectBooked(stage, await invocation.outcome(), 3, when);
  },
};

const outageInReservation: Check = {
  id: "outage-in-reservation",
  title: "books all or nothing in an outage",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    if (mode === "normal") await shortenDays(stage);
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    await outlastOutageFrom(stage, invocation, secondReservation);
    const outcome = await invocation.outcome();
    const when = "When the booking system had hung for a day, and nothing could be reserved";
    if (outcome.kind !== "failed") return expectBooked(stage, outcome, 3, when);
    expectTakenBack(stage, outcome, when);
  },
};

const outageInRollback: Check = {
  id: "outage-in-rollback",
  title: "keeps cancelling during an outage",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    if (mode === "normal") await shortenDays(stage);
    const invocation = await askForTrip(stage, stage.choices(), "SUV");
    await outlastOutageFrom(stage, invocation, firstCancellation);
    const when = "When the booking system had hung for a day, and nothing could be cancelled";
    expectRolledBack(stage, await invocation.outcome(), when);
  },
};

const outageInConfirmation: Check = {
  id: "outage-in-confirmation",
  title: "confirms after an outage",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    if (mode === "normal") await shortenDays(stage);
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    await outlastOutageFrom(stage, invocation, secondConfirmation);
    const when = "When the booking system had hung for a day, and nothing could be confirmed";
    expectBooked(stage, await invocation.outcome(), 3, when);
  },
};

const cancelledWhileAsking: Check = {
  id: "cancelled-while-asking",
  title: "if cancelled, undoes its bookings",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    const hold = stage.inject(holdAt("model", 2));
    const outcome = await cancelAt(stage, invocation, { service: "model", nth: 2 }, hold, mode);
    expectTakenBack(stage, outcome, "Cancelled while it asked the model what to book next");
  },
};

const cancelledWhileBooking: Check = {
  id: "cancelled-while-booking",
  title: "cancelled mid-booking, undoes all",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    const hold = stage.inject(holdAt("booking", secondReservation));
    const outcome = await cancelAt(stage, invocation, booking(secondReservation), hold, mode);
    expectTakenBack(stage, outcome, "Cancelled while it booked the second part of a trip");
  },
};

const cancelledAsBooked: Check = {
  id: "cancelled-as-booked",
  title: "undoes a booking that got no answer",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    await cancelOftenFrom(stage, invocation, secondReservation, holdAnswerTo, mode);
    const when = "Cancelled twice before the answer to a second booking arrived";
    expectTakenBack(stage, await invocation.outcome(), when);
  },
};

const cancelledInRollback: Check = {
  id: "cancelled-in-rollback",
  title: "if cancelled, finishes its rollback",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const invocation = await askForTrip(stage, stage.choices(), "SUV");
    await cancelOftenFrom(stage, invocation, firstCancellation, holdAt, mode);
    const when = "Cancelled twice while it rolled back";
    expectNothingLeft(stage, when);
    const { confirmed } = settledBy(stage);
    if (confirmed.length === 0) return;
    throw new CheckFailed({
      did: `${when}, your agent confirmed ${confirmed.join(" and ")}.`,
      asks: "If a part of a trip is unavailable, none of it is confirmed.",
      cause: "After the rollback the code continues as if everything had been booked.",
      next,
    });
  },
};

const cancelledInConfirmation: Check = {
  id: "cancelled-in-confirmation",
  title: "confirms the rest if cancelled",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    const invocation = await askForTrip(stage, stage.choices(), "compact");
    await cancelOftenFrom(stage, invocation, secondConfirmation, holdAt, mode);
    expectAllConfirmed(stage, "Cancelled twice while it confirmed the bookings");
  },
};

const endless = endsTheLoop({
  ask: (stage) => askForTrip(stage, stage.choices()),
  callNth: (nth) => ({
    tool: "bookHotel",
    input: { city: "Rome", checkIn: "May 10", checkOut: "May 14", guests: nth + 1 },
  }),
  next,
});

suite("08", "rollback-agent", [
  books,
  twoAtOnce(scenario, next),
  booksAgain,
  booksTwoOfAKind,
  confirmsLast,
  rollsBack,
  endless,
  crashAfterReservation,
  crashInConfirmation,
  crashInRollback,
  outageInReservation,
  outageInRollback,
  outageInConfirmation,
  cancelledWhileBooking,
  cancelledAsBooked,
  cancelledWhileAsking,
  cancelledInRollback,
  cancelledInConfirmation,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

/** A call in a run: the nth call to a service. */
interface Moment {
  service: Service;
  nth: number;
}

const booking = (nth: number): Moment => ({ service: "booking", nth });

/** Cancels a run during a held call; returns the outcome when no call is under way any more. */
async function cancelAt(
  stage: Stage,
  invocation: Invocation,
  moment: Moment,
  hold: Failure,
  mode: Mode,
): Promise<Outcome> {
  await untilAt(stage, invocation, moment, hold);
  await invocation.cancel();
  // In always-replay, the agent only learns about it when its current call returns.
  if (mode === "always-replay") hold.lift();
  const outcome = await invocation.outcome();
  hold.lift();
  await stage.settled();
  return outcome;
}

/** Cancels a run in the nth booking call and in each of the next ones; waits until the run has ended. */
async function cancelOftenFrom(
  stage: Stage,
  invocation: Invocation,
  nth: number,
  holding: (service: Service, nth: number) => Failure,
  mode: Mode,
): Promise<void> {
  const moments = Array.from({ length: cancellations }, (_, place) => booking(nth + place));
  const holds = moments.map((moment) => ({
    moment,
    hold: stage.inject(holding(moment.service, moment.nth)),
  }));
  for (const { moment, hold } of holds) {
    await untilAt(stage, invocation, moment, hold);
    if (invocation.ending) break;
    await invocation.cancel();
    // In always-replay, the agent only learns about it when its current call returns.
    if (mode === "always-replay") hold.lift();
  }
  await invocation.outcome();
  for (const { hold } of holds) hold.lift();
  await stage.settled();
}

/** Lets the nth booking call hang for a day. From then on all of them fail, until any limit is reached. */
async function outlastOutageFrom(stage: Stage, invocation: Invocation, nth: number): Promise<void> {
  const hold = stage.inject(holdAt("booking", nth));
  await untilAt(stage, invocation, booking(nth), hold);
  await letADayPass(stage, invocation);
  const outage = stage.inject(outageOf("booking"));
  hold.lift();
  await outlastAnyLimit(stage, invocation, "booking", outage);
}

/** Waits until a run is in its held call, or has ended. */
async function untilAt(
  stage: Stage,
  invocation: Invocation,
  { service, nth }: Moment,
  hold: Failure,
): Promise<void> {
  const seen = await invocation.untilSeen(() => {
    const call = stage.calls(service)[nth - 1];
    return call?.held ? call : undefined;
  });
  if ("kind" in seen) hold.lift();
}
