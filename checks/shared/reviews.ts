import { CheckFailed } from "../report/check-failed.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { quietOf } from "../stage/quiet.ts";
import type { InvocationRow } from "../stage/restate/admin.ts";
import type { Stage } from "../stage/stage.ts";

// Looks at an invocation, 20 ms apart or more, in which nothing has changed: it waits.
const quietGlances = 5;
// So often an agent asks for the answer, while a durable one would wait to be told.
const polls = 2;

/** The ids under which the reviewer has a request, in order. */
export function requestsOf(stage: Stage): string[] {
  return stage.world.ledger.entries.flatMap(({ effect, subject, repeated }) =>
    effect === "review" && !repeated ? [subject] : [],
  );
}

/** The first request of a run that the reviewer has, once there is one. */
export function firstRequest(stage: Stage, run: Invocation): { id: string } | undefined {
  const calls = stage.calls("review");
  // Of one under way, it may not be known yet.
  const known = calls.filter(({ run, outcome }) => run !== undefined || outcome !== "under way");
  const isMadeBy = (by: string | undefined) => (id: string) =>
    known.some((call) => call.run === by && call.asked.includes(id));
  const requests = requestsOf(stage);
  // What is called around Restate is no part of a run: then it is the latest.
  const id = requests.find(isMadeBy(run.id)) ?? requests.findLast(isMadeBy(undefined));
  return id === undefined ? undefined : { id };
}

/** Whether one attempt has sent several requests, so that none of them is another attempt's. */
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

/** Waits until the agent is suspended, or polls, or nothing goes on, or until its outcome. */
export function untilQuiet(stage: Stage, invocation: Invocation): Promise<InvocationRow | Outcome> {
  const quietFor = quietOf(stage);
  return invocation.untilRestateSees(({ status }) => {
    const quiet = quietFor();
    if (status === "suspended") return quiet > 1;
    return pollsOf(stage, invocation) >= polls || (status === "running" && quiet >= quietGlances);
  });
}

/** @throws {CheckFailed} where the reviewer got more than one request */
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
