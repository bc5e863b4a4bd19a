import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["crash-after-reservation", "two-of-a-kind", "books-again"],
    question:
      "After a crash the step runs again. How does the booking system know that it is the same reservation?",
    pointer:
      "ctx.rand returns the same values in every attempt, if you use it in the handler and not inside the step.",
    nearlyTheCode: "const idempotencyKey = ctx.rand.…();",
  },
  {
    checks: ["cancelled-while-booking", "cancelled-as-booked"],
    question:
      "The run is cancelled during the hotel's reservation. Does the reservation exist now, and who knows its id?",
    pointer:
      "The step throws a CancelledError. Run the same step again: with the same key it returns the same reservation.",
    nearlyTheCode: `const reservation = await reserve().catch(async (error) => {
  if (error instanceof restate.…) note(await …(reserve));
  throw error;
});`,
  },
  {
    checks: ["rolls-back", "endless-model"],
    question:
      "With the code as it is now, who learns about a refused booking: your handler, or the model?",
    pointer:
      "As in chapter 07: an error that stopWhen throws ends the loop, and rethrowTerminalToolError throws a step's terminal error.",
    nearlyTheCode: `stopWhen: [
  isStepCount(10),
  ({ steps }) => {
    steps.forEach(…);
    return false;
  },
],`,
  },
  {
    checks: [
      "rolls-back",
      "crash-in-rollback",
      "outage-in-rollback",
      "cancelled-while-asking",
      "cancelled-in-rollback",
      "cancelled-in-confirmation",
    ],
    question:
      "In which order must bookings be cancelled? And what does a step throw if the invocation is cancelled?",
    pointer:
      "Catch the error, cancel from the end of the list, then rethrow it. Repeat a step that a CancelledError has interrupted.",
    nearlyTheCode: `const evenIfCancelled = <Made>(step: () => restate.RestatePromise<Made>): Promise<Made> =>
  step().catch((error) => {
    if (!(error instanceof restate.…)) throw error;
    return evenIfCancelled(step);
  });

const { text } = await arrangeTrip().catch(async (error) => {
  for (const { cancel } of bookings.…()) await evenIfCancelled(cancel);
  throw error;
});`,
  },
];

export const prediction =
  "In the original code, the hotel is confirmed, and a crash leaves two hotels. With your fix nothing stays booked, and there was only one hotel.";

export const why =
  "The key is made outside the step and is the same in every attempt, so a reservation whose answer was lost is not made twice. A run that is cancelled during a reservation asks again with that key, and learns what to cancel. Bookings are noted outside the step, too, so a replay fills the list again. The rollback cancels the whole list, no matter where the process was killed.";
