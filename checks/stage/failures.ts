import type { Call, Part, Service } from "./events.ts";
import { isOfASpecialist } from "./model/claims.ts";

/** What a failure does to a call that it strikes. */
export type Blow =
  | { kind: "kill the agents" }
  | { kind: "kill the server" }
  | { kind: "hold"; until: Promise<void> }
  | { kind: "answer"; status: number; headers: Record<string, string>; body: string };

/** Something that goes wrong at the boundary. It chooses the calls that it strikes. */
export interface Failure {
  /** Before the call has its effect, or after it, when the answer is on its way back. */
  readonly phase: "before" | "after";
  strikes(call: Call): boolean;
  blow(): Blow;
  /** Whether it may strike again. */
  readonly standing: boolean;
  /** Stops it: it strikes no call any more. */
  lift(): void;
}

/** Which call to a service a failure strikes: the nth, or the first about a subject. */
export type Which = number | string;

/** Kills the caller of a service with SIGKILL when the call arrives; the call has no effect. */
export function killBefore(service: Call["service"], which: Which): Failure {
  return once("before", isMeant(service, which), { kind: "kill the agents" });
}

/** Kills the caller of a service with SIGKILL after the call's effect; it never sees the answer. */
export function killAfter(service: Call["service"], which: Which): Failure {
  return once("after", isMeant(service, which), { kind: "kill the agents" });
}

/** Kills the Restate server at a call; the call continues once the server is back. */
export function killServerAt(service: Call["service"], which: Which): Failure {
  return once("before", isMeant(service, which), { kind: "kill the server" });
}

/** Kills the caller of the next call to a service with SIGKILL; that call has no effect. */
export function killAtNext(service: Service): Failure {
  return once("before", (call) => call.service === service, { kind: "kill the agents" });
}

/**
 * An outage: until it is lifted, every call to a service, or every call about one subject, is answered
 * with 503.
 */
export function outageOf(service: Service, subject?: string): Failure {
  const words = `The ${service} service is down.`;
  return about(subject, answering(service, Number.POSITIVE_INFINITY, 503, words));
}

function about(subject: string | undefined, failure: Failure): Failure {
  const { strikes } = failure;
  failure.strikes = (call) => strikes(call) && (subject ?? call.subject) === call.subject;
  return failure;
}

/** Answers every call to a service, or every call about one subject, with 422 and these words. */
export function refusalOf(service: Service, words: string, subject?: string): Failure {
  return about(subject, answering(service, Number.POSITIVE_INFINITY, 422, words));
}

/** Makes the model answer the next calls with an error status, in the format of OpenAI's errors. */
export function modelAnswers(status: number, times: number): Failure {
  const error = { message: `The model answers ${status} for now.`, type: "workshop_failure" };
  return answering("model", times, status, JSON.stringify({ error }));
}

/** Limits a failure to the calls of one process. It spares those of the other. */
export function madeBy(part: Part, failure: Failure): Failure {
  const { strikes } = failure;
  failure.strikes = (call) => call.by === part && strikes(call);
  return failure;
}

/**
 * Holds the nth call to a service before its effect. When the failure is lifted, the call continues. If
 * its caller is gone by then, it never has an effect.
 */
export function holdAt(service: Service, nth: number): Failure {
  return holdEach((call) => call.service === service && call.nth === nth);
}

/** Holds the answer to the nth call to a service, after the call's effect. */
export function holdAnswerTo(service: Service, nth: number): Failure {
  return holding("after", (call) => call.service === service && call.nth === nth);
}

/** Holds every call to a service about one subject, before its effect, until it is lifted. */
export function holdOf(service: Service, subject: string): Failure {
  return holdEach((call) => call.service === service && call.subject === subject);
}

/** Holds every call to a service until it is lifted: nobody answers. */
export function silenceOf(service: Service): Failure {
  return holdEach((call) => call.service === service);
}

/** Holds every call of a specialist to the model, and of nobody else, until it is lifted. */
export function silenceToSpecialists(): Failure {
  return holdEach(({ service, asked }) => service === "model" && isOfASpecialist(asked));
}

/** Holds every call that `meant` accepts, until it is lifted. */
export function holdEach(meant: (call: Call) => boolean): Failure {
  return holding("before", meant);
}

function holding(phase: Failure["phase"], meant: (call: Call) => boolean): Failure {
  const { promise: until, resolve } = Promise.withResolvers<void>();
  let standing = true;
  return {
    phase,
    strikes: (call) => standing && meant(call),
    blow: () => ({ kind: "hold", until }),
    get standing() {
      return standing;
    },
    lift: () => {
      standing = false;
      resolve();
    },
  };
}

function isMeant(service: Call["service"], which: Which): (call: Call) => boolean {
  return (call) =>
    call.service === service && which === (typeof which === "number" ? call.nth : call.subject);
}

function once(phase: Failure["phase"], meant: (call: Call) => boolean, blow: Blow): Failure {
  let standing = true;
  return {
    phase,
    strikes: (call) => standing && meant(call),
    blow: () => {
      standing = false;
      return blow;
    },
    get standing() {
      return standing;
    },
    lift: () => {
      standing = false;
    },
  };
}

function answering(service: Service, times: number, status: number, body: string): Failure {
  // OpenAI's clients follow this header. Without it, they wait for seconds before they retry.
  const headers = { "content-type": "application/json", "retry-after-ms": "10" };
  let left = times;
  return {
    phase: "before",
    strikes: (call) => left > 0 && call.service === service,
    blow: () => {
      left -= 1;
      return { kind: "answer", status, headers, body };
    },
    get standing() {
      return left > 0;
    },
    lift: () => {
      left = 0;
    },
  };
}
