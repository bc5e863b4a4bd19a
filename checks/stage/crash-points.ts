import type { Call } from "./events.ts";
import { type Failure, killAfter, killBefore, killServerAt, type Which } from "./failures.ts";
import type { Outcome } from "./invocation.ts";
import type { MessagePoint, Place } from "./message-crash.ts";
import { tellDifference } from "./told-difference.ts";
import { tellOutcome } from "./told-outcome.ts";
import { withoutIds } from "./without-ids.ts";
import type { Effect, Entry } from "./world/ledger.ts";

/** What one run of an exercise did, from its call until all that it called has ended. */
export interface Run {
  outcome: Outcome;
  /** Whether all that it has called has ended, too; true if the run itself is stuck. */
  allEnded: boolean;
  /** The messages that its agents sent to Restate, by their places. */
  places: readonly Place[];
  calls: readonly Call[];
  effects: readonly Entry[];
}

/** What a crash kills. */
export type Killed = "agent" | "server";

/** A moment of a run at which the sweep kills the agent or the server. */
export type CrashPoint = {
  /** `model call 2, agent killed before it` */
  name: string;
} & (
  | { kills: "agent"; message: MessagePoint }
  /** Makes the failure, which strikes once. */
  | { kills: Killed; failure: () => Failure }
);

/**
 * The crashes worth trying: of the agent before and after each message that it sends to Restate, and before
 * and after the effect of each call; of the server at each call.
 */
export function crashPointsOf(run: Run, kills: readonly Killed[]): CrashPoint[] {
  const atMessages = run.places.flatMap(({ place, isLast }) => {
    const phases = isLast ? (["before"] as const) : (["before", "after"] as const);
    return phases.map(
      (phase): CrashPoint => ({
        name: `${place}, agent killed ${phase} Restate has it`,
        message: { place, phase },
        kills: "agent",
      }),
    );
  });
  // A call without an answer is left out: nobody waited for it any more.
  const answered = run.calls.filter(({ outcome }) => typeof outcome === "number");
  const atCalls = answered.flatMap((call): CrashPoint[] => {
    const { service } = call;
    const which = whichOf(call, run);
    const name = `${service} call ${which}`;
    return [
      {
        name: `${name}, agent killed before it`,
        failure: () => killBefore(service, which),
        kills: "agent",
      },
      {
        name: `${name}, agent killed after it`,
        failure: () => killAfter(service, which),
        kills: "agent",
      },
      {
        name: `${name}, server killed at it`,
        failure: () => killServerAt(service, which),
        kills: "server",
      },
    ];
  });
  return [...atMessages, ...atCalls].filter((point) => kills.includes(point.kills));
}

/**
 * Names a call by its subject instead of its order, if every run has this subject and no other call to the
 * service has it. The order of calls made in parallel differs between runs.
 */
function whichOf({ service, nth, subject }: Call, { calls }: Run): Which {
  const same = calls.filter((call) => call.service === service && call.subject === subject);
  const isInEachRun = subject !== "" && withoutIds(subject) === subject;
  return isInEachRun && same.length === 1 ? subject : nth;
}

/** The calls of a run that no step makes, a few words each: `weather call 1`. */
export function outsideSteps({ calls }: Run): string[] {
  return calls
    .filter(({ steps }) => steps.length === 0)
    .map(({ service, nth }) => `${service} call ${nth}`);
}

/** What a crash did that it must not do, a few words each: `1 model call`. */
export interface Damage {
  lost: string[];
  repeated: string[];
  /** Requests that the run without a crash does not make, apart from ids and times. */
  changed: string[];
  /** Calls outside any step, which nothing keeps. Only runs without a crash tell them. */
  outside: string[];
}

/** Whether there is any damage. */
export function isHarm({ lost, repeated, changed, outside }: Damage): boolean {
  return [lost, repeated, changed, outside].some((what) => what.length > 0);
}

/** Compares a run with a crash to the one without. */
export function damageOf(crashed: Run, calm: Run): Damage {
  const damage: Damage = { lost: [], repeated: [], changed: [], outside: [] };
  if (withoutIds(JSON.stringify(crashed.outcome)) !== withoutIds(JSON.stringify(calm.outcome))) {
    damage.lost.push(`the outcome: it ${tellOutcome(crashed.outcome)}`);
  }
  if (!crashed.allEnded) {
    damage.lost.push("an end: something that the run has called never ends");
  }
  const services = new Set([...crashed.calls, ...calm.calls].map(({ service }) => service));
  for (const service of services) {
    const [now, then] = [requestsTo(service, crashed), requestsTo(service, calm)];
    const different = now.size - then.size;
    if (different < 0) damage.lost.push(tell(-different, `${service} call`));
    const again = countAgain(now) - countAgain(then);
    if (again > 0) damage.repeated.push(tell(again, `${service} call`));
    if (different > 0) {
      damage.repeated.push(`${tell(different, `${service} call`)}, with another key or body`);
    }
    const known = [...then.keys()].map(withoutIds);
    const unknown = [...now.keys()].map(withoutIds).filter((asked) => !known.includes(asked));
    const changed = unknown.length - Math.max(0, different);
    if (changed > 0) {
      const how = tellDifference(unknown.at(-1) ?? "", known);
      damage.changed.push(`${tell(changed, `${service} call`)}, ${how}`);
    }
  }
  for (const effect of countedByKey) {
    const more = countEffects(crashed, effect) - countEffects(calm, effect);
    if (more < 0) damage.lost.push(tell(-more, effect));
    if (more > 0) damage.repeated.push(tell(more, effect));
  }
  return damage;
}

/** The effects that the world recognises by an idempotency key or an id. */
const countedByKey: readonly Effect[] = [
  "review",
  "reservation",
  "confirmation",
  "cancellation",
  "email",
  "notification",
  "opening",
  "closing",
];

/** The different requests to a service, the idempotency key included, each with the calls that made it. */
function requestsTo(service: Call["service"], { calls }: Run): Map<string, Call[]> {
  return Map.groupBy(
    calls.filter((call) => call.service === service),
    ({ asked }) => asked,
  );
}

/**
 * How often requests were repeated that may not be. A step that was open at a crash runs again, so the
 * calls that may have been made in it are made again.
 */
function countAgain(requests: Map<string, Call[]>): number {
  const again = (calls: Call[]) => calls.length - 1 - calls.filter(mayBeRepeated).length;
  return [...requests.values()].reduce((sum, calls) => sum + Math.max(0, again(calls)), 0);
}

/** Whether a step in which this call may have been made was cut, and so runs again. */
export function mayBeRepeated({ steps }: Call): boolean {
  return steps.some(({ state }) => state === "cut");
}

function countEffects({ effects }: Run, effect: Effect): number {
  return effects.filter((entry) => entry.effect === effect && !entry.repeated).length;
}

function tell(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
