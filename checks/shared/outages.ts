import type { Service } from "../stage/events.ts";
import type { Failure } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { FamilyRow } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";

// The HTTP status of an outage's answers.
const refusal = 503;
// How many attempts must fail after they are told about a day of failures: the first may be an older one.
const agedRefusals = 3;

/**
 * Lets an outage last until any limit is reached, whether of a thousand attempts or of a day, and ends
 * it. Skips the waits between attempts, however long they are.
 *
 * @param service the service that is down
 * @returns the outcome, if the invocation ended during the outage
 */
export async function outlastAnyLimit(
  stage: Stage,
  invocation: Invocation,
  service: Service,
  outage: Failure,
): Promise<Outcome | undefined> {
  const hurry = (row: FamilyRow) => {
    if (row.status === "backing-off") invocation.retryNow(row);
  };
  const first = await invocation.untilSeen(() =>
    stage.calls(service).find(({ outcome }) => outcome === refusal),
  );
  if ("kind" in first) return first;
  const stopAging = stage.ageAttempts();
  const refused = stage.calls(service).length;
  const seen = await invocation.untilRestateSees((row) => {
    hurry(row);
    return stage.calls(service).length >= refused + agedRefusals;
  });
  stopAging();
  if ("kind" in seen) return seen;

  const before = stage.calls(service).length;
  outage.lift();
  await invocation.untilRestateSees((row) => {
    hurry(row);
    return stage
      .calls(service)
      .slice(before)
      .some(({ outcome }) => outcome === 200);
  });
  return undefined;
}
