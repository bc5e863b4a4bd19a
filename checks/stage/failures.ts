import type { Call, Service } from "./boundary.ts";

/** What a failure does to a call that it strikes. */
export type Blow =
  | { kind: "kill the agents" }
  | { kind: "kill the server" }
  | { kind: "hold"; until: Promise<void> }
  | { kind: "answer"; status: number; headers: Record<string, string>; body: string };

/** Something that goes wrong at the boundary, at calls that it chooses. */
export interface Failure {
  /** Before the call has its effect, or after it, when the answer is on its way back. */
  readonly phase: "before" | "after";
  strikes(call: Call): boolean;
  blow(): Blow;
  /** Whether it may strike again. */
  readonly standing: boolean;
  /** Lets it strike no more. */
  lift(): void;
}

/** Kills the agents with SIGKILL when the nth call to a service arrives: it has no effect. */
export function killBefore(service: Service, nth: number): Failure {
  return once("before", service, nth, { kind: "kill the agents" });
}

/** Kills the agents with SIGKILL when the nth call has had its effect, its answer never seen. */
export function killAfter(service: Service, nth: number): Failure {
  return once("after", service, nth, { kind: "kill the agents" });
}

/** Kills the Restate server at the nth call; the call goes on once the server is back. */
export function killServerAt(service: Service, nth: number): Failure {
  return once("before", service, nth, { kind: "kill the server" });
}

/** Refuses every call to a service with 503, as an outage does, until it is lifted. */
export function outageOf(service: Service): Failure {
  return answering(service, Number.POSITIVE_INFINITY, 503, `The ${service} service is down.`);
}

/** Refuses every call to a service with 422 and these words, until it is lifted. */
export function refusalOf(service: Service, words: string): Failure {
  return answering(service, Number.POSITIVE_INFINITY, 422, words);
}

/** Lets the model answer the next calls with an error status, as OpenAI words it. */
export function modelAnswers(status: number, times: number): Failure {
  const error = { message: `The model answers ${status} for now.`, type: "workshop_failure" };
  return answering("model", times, status, JSON.stringify({ error }));
}

/**
 * Holds the nth call to a service, which has no effect until the failure is lifted, and none at all
 * where its caller is gone by then.
 */
export function holdAt(service: Service, nth: number): Failure {
  const { promise: until, resolve } = Promise.withResolvers<void>();
  let standing = true;
  return {
    phase: "before",
    strikes: (call) => standing && call.service === service && call.nth === nth,
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

function once(phase: Failure["phase"], service: Service, nth: number, blow: Blow): Failure {
  let standing = true;
  return {
    phase,
    strikes: (call) => standing && call.service === service && call.nth === nth,
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
  // OpenAI's clients heed this header, and would else wait for seconds before they ask again.
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
