import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "After a crash the step is made again. By what can the world know that it is the same reservation?",
    "ctx.rand gives the same values on every attempt, if you ask it in the handler and not inside the step.",
    "const idempotencyKey = ctx.rand.…();",
  ],
  [
    "The run is cancelled while the hotel's reservation is under way. Is there a hotel, and who knows its id?",
    "The step throws a CancelledError. The same step can be made again: its key brings the same reservation back.",
    `const reservation = await reserve().catch(async (error) => {
  if (error instanceof restate.…) note(await …(reserve));
  throw error;
});`,
  ],
  [
    "Who hears of a refused booking, as it stands: your handler, or the model?",
    "Chapter 07: what stopWhen throws ends the loop, and rethrowTerminalToolError throws a step's terminal error.",
    `stopWhen: [
  isStepCount(10),
  ({ steps }) => {
    steps.forEach(…);
    return false;
  },
],`,
  ],
  [
    "In which order is a pile taken down? And what does a step throw when its run is cancelled?",
    "Catch the error, cancel from the end of the list, throw it again. A step cut by a CancelledError can be made once more.",
    `const evenIfCancelled = <Made>(step: () => restate.RestatePromise<Made>): Promise<Made> =>
  step().catch((error) => {
    if (!(error instanceof restate.…)) throw error;
    return evenIfCancelled(step);
  });

const { text } = await arrangeTrip().catch(async (error) => {
  for (const { cancel } of bookings.…()) await evenIfCancelled(cancel);
  throw error;
});`,
  ],
];

export const why =
  "The key is made outside the step and is the same on each attempt, so a reservation that was lost on its way back is not made twice. A run that is cancelled while it reserves asks again with that key, so that it knows what to take back. What was booked is noted outside the step, too, and the replay fills the list again: the rollback cancels all of it, wherever it was killed.";
