import { CheckFailed } from "../report/check-failed.ts";
import { type Failure, holdAt, killAfter, outageOf } from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Mode } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";
import { type Check, suite } from "../stage/suite.ts";
import {
  askForTrip,
  expectBooked,
  expectFirstCancelled,
  expectNothingLeft,
  expectRolledBack,
  next,
  settledBy,
} from "./trips.ts";

// The calls to the world, in order, of a trip that is taken: hotel, flight and car, and their
// confirmations; and of one that is not: hotel, flight, the car that is refused, two cancellations.
const secondReservation = 2;
const secondConfirmation = 5;
const firstCancellation = 4;
const refusals = 3;

const books: Check = {
  id: "books",
  title: "books what is asked for, and confirms it",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await askForTrip(stage);
    expectBooked(stage, await invocation.outcome(), 2, "Asked for a hotel and a flight");
  },
};

const confirmsLast: Check = {
  id: "confirms-last",
  title: "confirms nothing before all is booked",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await askForTrip(stage, "compact");
    const when = "Asked for a hotel, a flight and a car";
    expectBooked(stage, await invocation.outcome(), 3, when);
    const entries = stage.world.ledger.entries.map(({ effect }) => effect);
    if (entries.indexOf("confirmation") > entries.lastIndexOf("reservation")) return;
    throw new CheckFailed({
      did: `${when}, your agent confirmed a booking before the last one was made.`,
      asks: "What is confirmed cannot be taken back, so all must be booked before the first is.",
      cause: "Each booking is confirmed in its own tool.",
      next,
    });
  },
};

const rollsBack: Check = {
  id: "rolls-back",
  title: "cancels all, last first, if one is refused",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const invocation = await askForTrip(stage, "SUV");
    expectRolledBack(stage, await invocation.outcome(), "When the car had been refused");
  },
};

const crashAfterReservation: Check = {
  id: "crash-after-reservation",
  title: "killed then, books it once",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    const nth = stage.choices().integer(2, 3);
    stage.inject(killAfter("booking", nth));
    const invocation = await askForTrip(stage, "compact");
    const when = `Killed before it heard the answer to reservation ${nth}`;
    expectBooked(stage, await invocation.outcome(), 3, when);
  },
};

const crashInConfirmation: Check = {
  id: "crash-in-confirmation",
  title: "killed then, confirms the rest",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    stage.inject(killAfter("booking", secondConfirmation));
    const invocation = await askForTrip(stage, "compact");
    expectBooked(stage, await invocation.outcome(), 3, "Killed while it confirmed");
  },
};

const crashInRollback: Check = {
  id: "crash-in-rollback",
  title: "killed then, cancels the rest",
  modes: ["normal", "always-replay"],
  kills: "agent",
  run: async (stage) => {
    stage.inject(killAfter("booking", firstCancellation));
    const invocation = await askForTrip(stage, "SUV");
    expectRolledBack(stage, await invocation.outcome(), "Killed while it cancelled");
  },
};

const outageInRollback: Check = {
  id: "outage-in-rollback",
  title: "cancels, even if it fails for a while",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const hold = stage.inject(holdAt("booking", firstCancellation));
    const invocation = await askForTrip(stage, "SUV");
    await untilAt(stage, invocation, firstCancellation, hold);
    const outage = stage.inject(outageOf("booking"));
    hold.lift();
    await invocation.untilSeen(() => stage.calls("booking")[firstCancellation + refusals]);
    outage.lift();
    const when = "When nothing could be cancelled for a while";
    expectRolledBack(stage, await invocation.outcome(), when);
  },
};

const cancelledWhileBooking: Check = {
  id: "cancelled-while-booking",
  title: "cancels what is booked by then",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    await cancelAt(stage, await askForTrip(stage, "compact"), secondReservation, mode);
    expectFirstCancelled(stage, "Cancelled while it booked the second part of a trip");
  },
};

const cancelledInRollback: Check = {
  id: "cancelled-in-rollback",
  title: "cancelled then, rolls back all",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    await cancelAt(stage, await askForTrip(stage, "SUV"), firstCancellation, mode);
    const when = "Cancelled while it rolled back";
    expectNothingLeft(stage, when);
    const { confirmed } = settledBy(stage);
    if (confirmed.length === 0) return;
    throw new CheckFailed({
      did: `${when}, your agent confirmed ${confirmed.join(" and ")}.`,
      asks: "A trip of which a part cannot be had is not taken: nothing of it is confirmed.",
      cause: "After the rollback the code goes on as if all had been booked.",
      next,
    });
  },
};

const cancelledInConfirmation: Check = {
  id: "cancelled-in-confirmation",
  title: "cancelled then, confirms all",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    await cancelAt(stage, await askForTrip(stage, "compact"), secondConfirmation, mode);
    expectNothingLeft(stage, "Cancelled while it confirmed");
  },
};

suite("08", "rollback-agent", [
  books,
  confirmsLast,
  rollsBack,
  crashAfterReservation,
  crashInConfirmation,
  crashInRollback,
  outageInRollback,
  cancelledWhileBooking,
  cancelledInRollback,
  cancelledInConfirmation,
]);

/** Cancels a run while it is in the nth call to the world, and waits for its end. */
async function cancelAt(
  stage: Stage,
  invocation: Invocation,
  nth: number,
  mode: Mode,
): Promise<void> {
  const hold = stage.inject(holdAt("booking", nth));
  await untilAt(stage, invocation, nth, hold);
  await invocation.cancel();
  // In always-replay, it learns of it when the call that it is in returns.
  if (mode === "always-replay") hold.lift();
  await invocation.outcome();
  hold.lift();
}

/** Waits until a run is in the nth call to the world, or has ended. */
async function untilAt(stage: Stage, invocation: Invocation, nth: number, hold: Failure) {
  const seen = await invocation.untilSeen(() => stage.calls("booking")[nth - 1]);
  if ("kind" in seen) hold.lift();
}
