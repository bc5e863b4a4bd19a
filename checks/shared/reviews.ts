import { CheckFailed } from "../report/check-failed.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { quietOf } from "../stage/quiet.ts";
import type { InvocationRow } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";

// If this many looks at an invocation, at least 20 ms apart, find no change, it waits.
const quietGlances = 5;
// An agent that asks for the answer this often polls. A durable agent waits until it is told.
const polls = 2;

/** The ids of the requests that the reviewer has, in order. */
export function requestsOf(stage: Stage): string[] {
  return stage.world.ledger.entries.flatMap(({ effect, subject, repeated }) =>
    effect === "review" && !repeated ? [subject] : [],
  );
}

/** The first request of a run that the reviewer has, if there is one yet. */
export function firstRequest(stage: Stage, run: Invocation): { id: string } | undefined {
  const calls = stage.calls("review");
  // While a call is under way, its run may not be known yet.
  const known = calls.filter(({ run, outcome }) => run !== undefined || outcome !== "under way");
  const isMadeBy = (by: string | undefined) => (id: string) =>
    known.some((call) => call.run === by && call.asked.includes(id));
  const requests = requestsOf(stage);
  // A call around Restate belongs to no run. Then the latest one is meant.
  const id = requests.find(isMadeBy(run.id)) ?? requests.findLast(isMadeBy(undefined));
  return id === undefined ? undefined : { id };
}

/** Whether a single attempt has sent several requests: then a retry is not the reason. */
function askedTwiceBeforeAnyKill(stage: Stage): boolean {
  const kill = stage.events.findIndex(({ kind }) => kind === "agent killed");
  const upToKill = kill === -1 ? stage.events : stage.events.slice(0, kill);
  const attempts = upToKill.filter(({ kind }) => kind === "attempt").length;
  const requests = upToKill.flatMap((event) =>
    event.kind === "call" && event.call.service === "review" && event.call.subject === ""
      ? [event.call]
      : [],
  );
  return attempts === 1 && new Set(requests).size > 1;
}

/** How often a run has asked whether there is an answer. */
export function pollsOf(stage: Stage, run: Invocation): number {
  const calls = stage.calls("review");
  return calls.filter((call) => call.subject !== "" && call.run === run.id).length;
}

/** Waits until the agent is suspended, polls, or does nothing any more, or until it has ended. */
export function untilQuiet(stage: Stage, invocation: Invocation): Promise<InvocationRow | Outcome> {
  const quietFor = quietOf(stage);
  return invocation.untilRestateSees(({ status }) => {
    const quiet = quietFor();
    if (status === "suspended") return quiet > 1;
    return pollsOf(stage, invocation) >= polls || (status === "running" && quiet >= quietGlances);
  });
}

/** @throws {CheckFailed} if the reviewer got more than one request */
export function expectOneRequest(stage: Stage, when: string, next: string): void {
  const requests = requestsOf(stage).length;
  if (requests <= 1) return;
  throw new CheckFailed({
    did: `${when}, your agent sent the reviewer ${requests} requests, each with a new id.`,
    asks: "The reviewer sees one request, no matter what crashes: a repeated request has the same id.",
    cause: askedTwiceBeforeAnyKill(stage)
      ? "Your code asks more than once for one claim."
      : "A new id is made each time your code runs, and is not kept.",
    next,
  });
}
