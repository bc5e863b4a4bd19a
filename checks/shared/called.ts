import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { waitFor } from "../stage/wait.ts";

/**
 * @throws {CheckFailed} unless Restate has seen the agent call each of these services once, and
 * nothing else
 */
export async function expectCalled(
  invocation: Invocation,
  services: readonly string[],
  when: string,
  next: string,
): Promise<void> {
  const called = (await invocation.called()).map(({ target }) => target.split("/")[0] ?? target);
  const list = called.length === 0 ? "no service" : called.sort().join(", ");
  if (list === [...services].sort().join(", ")) return;
  throw new CheckFailed({
    did: `${when}, Restate saw your agent call ${list}.`,
    asks: `The agent calls ${services.join(" and ")} once each. Each call is an invocation with its own journal.`,
    cause:
      called.length > services.length
        ? invocation.attempts > 1
          ? "A later attempt makes the call again, because it is not in the journal."
          : "The code calls a service more than once."
        : "The work is done in the agent's own process, or bypasses Restate.",
    next,
  });
}

/** @throws {CheckFailed} if the agent's own handler was started more than once */
export function expectOneAttempt(invocation: Invocation, when: string, next: string): void {
  const { attempts } = invocation;
  if (attempts <= 1) return;
  throw new CheckFailed({
    did: `${when}, your agent's own invocation took ${attempts} attempts.`,
    asks: "A failure in a called invocation is retried there, and not in the agent.",
    cause: "The work is done in the agent's own invocation, so its failures are the agent's.",
    next,
  });
}

/** @throws {CheckFailed} unless the cancellation ended the agent's invocation */
export function expectCancelled(outcome: Outcome, when: string, next: string): void {
  if (outcome.kind === "failed" && outcome.code === 409) return;
  throw new CheckFailed({
    did: `${when}, your agent ${tellOutcome(outcome)}`,
    asks: "A cancelled agent ends: it fails with 409, and does nothing more.",
    cause:
      causeOf(outcome) ??
      (outcome.kind === "failed"
        ? "The cancellation was caught, and another error was thrown instead."
        : "The cancellation was caught, and the agent continued."),
    next,
  });
}

/** @throws {CheckFailed} if an invocation continues although nobody waits for it any more */
export async function expectCalledEnded(invocation: Invocation, next: string): Promise<void> {
  await expectSoon("the end of what the agent has called", next, async () => {
    const called = await invocation.called();
    return called.every(({ status }) => status === "completed");
  });
}

/** @throws {CheckFailed} if an invocation that nobody waits for any more is not told that it is cancelled */
export function expectCalledCancelled(invocation: Invocation, next: string): Promise<void> {
  return expectSoon("the cancellation of what the agent has called", next, () =>
    invocation.calledAreCancelled(),
  );
}

async function expectSoon(what: string, next: string, isSo: () => Promise<boolean>): Promise<void> {
  const ended = await waitFor(what, 3000, async () => ((await isSo()) ? true : undefined)).catch(
    () => false,
  );
  if (ended) return;
  throw new CheckFailed({
    did: "An invocation that your agent had called continues, although nobody waits for it any more.",
    asks: "If nobody waits for an invocation any more, it is cancelled. So is everything that this invocation waits for.",
    cause:
      "The agent ends without cancelling that invocation, or it started the invocation with a send, which does not tie the two together.",
    next,
  });
}
