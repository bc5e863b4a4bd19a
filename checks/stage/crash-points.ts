import type { Call, Service } from "./events.ts";
import { type Failure, killAfter, killBefore, killServerAt, type Which } from "./failures.ts";
import type { Outcome } from "./invocation.ts";
import { withoutIds } from "./without-ids.ts";
import type { Effect, Entry } from "./world/ledger.ts";

/** What one run of an exercise did, from its call to its outcome. */
export interface Run {
  outcome: Outcome;
  calls: readonly Call[];
  /** The calls that were under way when something was killed. */
  inFlight: readonly Call[];
  effects: readonly Entry[];
}

/** A moment of a run at which the sweep kills the agent or the server. */
export interface CrashPoint {
  /** `model call 2, agent killed before it` */
  name: string;
  /** Makes the failure, which strikes once. */
  failure: () => Failure;
  kills: "agent" | "server";
}

/**
 * The crashes worth trying: of the agent before and after the effect of each call, of the server at it.
 *
 * @param sideBySide whether the agent makes calls in parallel, so their order differs between runs
 */
export function crashPointsOf(run: Run, sideBySide: boolean): CrashPoint[] {
  // A call without an answer is left out: nobody waited for it any more.
  const answered = run.calls.filter((call) => !isOpen(call));
  return answered.flatMap((call): CrashPoint[] => {
    const { service } = call;
    const which = sideBySide ? whichOf(call, run) : call.nth;
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
}

/** Whether the agent does not know the answer, so it may ask again. */
export function isOpen({ outcome }: Call): boolean {
  return outcome === "under way" || outcome === "cut";
}

/** Names a call by its subject instead of its order, if no other call to the service has this subject. */
function whichOf({ service, nth, subject }: Call, { calls }: Run): Which {
  const same = calls.filter((call) => call.service === service && call.subject === subject);
  return subject !== "" && same.length === 1 ? subject : nth;
}

/** What a crash did that it must not do, a few words each: `1 model call`. */
export interface Damage {
  lost: string[];
  repeated: string[];
}

/** Compares a run with a crash to the one without. */
export function damageOf(crashed: Run, calm: Run): Damage {
  const damage: Damage = { lost: [], repeated: [] };
  if (withoutIds(JSON.stringify(crashed.outcome)) !== withoutIds(JSON.stringify(calm.outcome))) {
    damage.lost.push(`the outcome: ${JSON.stringify(crashed.outcome)}`);
  }
  for (const service of servicesOf(crashed, calm)) {
    const different = countDifferent(crashed, service) - countDifferent(calm, service);
    if (different < 0) damage.lost.push(tell(-different, `${service} call`));
    const again = countAgain(crashed, service) - countAgain(calm, service);
    const surplus = Math.max(0, different) + Math.max(0, again);
    if (surplus > 0) damage.repeated.push(tell(surplus, `${service} call`));
  }
  for (const effect of countedByKey) {
    const more = countEffects(crashed, effect) - countEffects(calm, effect);
    if (more < 0) damage.lost.push(tell(-more, effect));
    if (more > 0) damage.repeated.push(tell(more, effect));
  }
  return damage;
}

/** The effects that the world recognises by an idempotency key or an id. Agents may ask for them twice. */
const countedByKey: readonly Effect[] = [
  "review",
  "reservation",
  "confirmation",
  "cancellation",
  "email",
];
const byKey: readonly Service[] = ["review", "booking", "email"];

function servicesOf(...runs: readonly Run[]): Set<Service> {
  const services = runs.flatMap(({ calls }) => calls.map(({ service }) => service));
  return new Set(services.filter((service) => !byKey.includes(service)));
}

/** How many different requests a service got. */
function countDifferent({ calls }: Run, service: Service): number {
  return new Set(calls.filter((call) => call.service === service).map(({ asked }) => asked)).size;
}

/** How many requests were repeated, except for those that a crash cut. */
function countAgain(run: Run, service: Service): number {
  const calls = run.calls.filter((call) => call.service === service);
  const cut = run.inFlight.filter((call) => call.service === service);
  return calls.length - countDifferent(run, service) - cut.length;
}

function countEffects({ effects }: Run, effect: Effect): number {
  return effects.filter((entry) => entry.effect === effect && !entry.repeated).length;
}

function tell(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
