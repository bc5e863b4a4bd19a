import { causes } from "../report/causes.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, causeOfNoWords, tellOutcome } from "../report/outcome.ts";
import type { Service } from "../stage/events.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { quietOf } from "../stage/quiet.ts";
import type { InvocationRow } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";

// If this many looks at an invocation, at least 20 ms apart, find nothing new, it waits, or nothing more
// will come.
const fewGlances = 5;
const manyGlances = 40;

/**
 * Waits until `count` calls to a service are in flight at the same time. They must be held there.
 *
 * @throws {CheckFailed} if they never are
 */
export async function expectTogether(
  stage: Stage,
  invocation: Invocation,
  service: Service,
  count: number,
  next: string,
): Promise<void> {
  const state = await untilCalm(stage, invocation, () => inFlight(stage, service) >= count);
  const together = inFlight(stage, service);
  if (together >= count) return;
  const end = "kind" in state ? `, and ${tellOutcome(state)}` : ".";
  throw new CheckFailed({
    did: `Before any ${service} call was answered, your agent had ${together} of ${count} calls in flight${end}`,
    asks: "Calls that do not need each other's answers are made together: all are in flight at once.",
    cause: causeOfApart(state, together),
    next,
  });
}

function causeOfApart(state: InvocationRow | Outcome, together: number): string {
  if ("kind" in state && together === 0) {
    return (
      causeOf(state) ??
      causeOfNoWords(state) ??
      "The code returns before it makes the calls, for example because it treats a yes as a no."
    );
  }
  if (together > 1) return "They are made in groups, and a group waits for the one before it.";
  return "One is awaited after the other, and a step starts only when it is awaited.";
}

/** Waits until `isReached`, until nothing has happened for a while, or until the run has ended. */
export function untilCalm(
  stage: Stage,
  invocation: Invocation,
  isReached: () => boolean = () => false,
): Promise<InvocationRow | Outcome> {
  const quietFor = quietOf(stage);
  return invocation.untilRestateSees(() => isReached() || quietFor() > manyGlances);
}

/**
 * Waits until a run whose calls to a service are held does nothing any more.
 *
 * @throws {CheckFailed} if an attempt fails during the wait: an attempt that waits in the wrong way does
 */
export async function expectPatience(
  stage: Stage,
  invocation: Invocation,
  service: Service,
  next: string,
): Promise<void> {
  const quietFor = quietOf(stage);
  await invocation.untilRestateSees(() => {
    const enough = inFlight(stage, service) > 1 ? fewGlances : manyGlances;
    return quietFor() > enough || invocation.attempts > 2;
  });
  expectNoFailedAttempt(invocation, next);
}

/** @throws {CheckFailed} if the handler was started again although nothing was broken */
export function expectNoFailedAttempt({ attempts }: Invocation, next: string): void {
  if (attempts <= 1) return;
  throw new CheckFailed({
    did: `With nothing broken, your agent's handler was started ${attempts} times.`,
    asks: "An attempt that fails without an outside cause is an error in the code, even if a later one succeeds.",
    cause: causes.twoAwaits,
    next,
  });
}

function inFlight(stage: Stage, service: Service): number {
  return stage.calls(service).filter(({ outcome }) => outcome === "under way").length;
}
