import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { attemptHeader, invocationHeader } from "./agents/caller.ts";
import type { Call, Part } from "./events.ts";
import type { Failure } from "./failures.ts";
import { readBody } from "./http.ts";

/** What happens around calls, and what failures can do to processes and the server. */
export interface Reach {
  kill(part: Part): void;
  killServer(): Promise<void>;
  /** Called when a call arrives, has arrived in full, is held, or ends. */
  onCall(call: Call): void;
  /**
   * Adds to a call what failures need to know about it. It is called as soon as the call arrives, and no
   * failure strikes before it resolves.
   *
   * @param attempt the router's number of the attempt that makes the call; undefined if that is unknown
   */
  getToKnow(call: Call, attempt: string | undefined): Promise<void>;
}

/** The answer to a call. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A call that arrives, and who answers it. */
export interface Arrival extends Pick<Call, "service" | "by" | "subject"> {
  /** The address that it asks, as its request names it. */
  address: string;
  /** Answers it. Not called if a failure ends the call first. */
  answer(call: Call, body: Buffer): Promise<Answer>;
}

/** The calls that cross from agents to the outside: it records them and injects failures. */
export class Crossing {
  /** The calls since the last reset, in order of arrival. */
  calls: Call[] = [];
  /** How often a failure has struck, over all resets. */
  strikes = 0;
  readonly #reach: Reach;
  #failures: Failure[] = [];
  readonly #struck = new WeakSet<Failure>();
  readonly #passing = new Set<Promise<void>>();

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** Lets a failure strike calls from now on. */
  inject(failure: Failure): void {
    this.#failures.push(failure);
  }

  /** Whether a failure may still strike. */
  get failing(): boolean {
    return this.#failures.some((failure) => failure.standing);
  }

  /** Whether there is a failure that may still strike but never has. */
  get spares(): boolean {
    return this.#failures.some((failure) => failure.standing && !this.#struck.has(failure));
  }

  /** Forgets a call that has ended. */
  forget(call: Call): void {
    this.calls = this.calls.filter((each) => each !== call);
  }

  /** Forgets all calls and failures. */
  reset(): void {
    this.lift();
    this.#failures = [];
    this.calls = [];
  }

  /** Lifts all failures. */
  lift(): void {
    for (const failure of this.#failures) failure.lift();
  }

  /** Resolves when the calls under way have ended: until then they may still have an effect. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#passing);
  }

  /** Passes a call to what answers it, and its answer back, unless a failure strikes. */
  async pass(incoming: IncomingMessage, outgoing: ServerResponse, arrival: Arrival): Promise<void> {
    const passed = this.#pass(incoming, outgoing, arrival);
    this.#passing.add(passed);
    await passed.finally(() => this.#passing.delete(passed));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse, arrival: Arrival) {
    const { headers } = incoming;
    const call = this.#record(arrival, headers[invocationHeader]?.toString());
    const isKnown = this.#reach.getToKnow(call, headers[attemptHeader]?.toString());
    outgoing.once("close", () => {
      if (call.outcome === "under way") this.#end(call, "cut");
    });
    const body = await readBody(incoming);
    call.asked = [incoming.method, arrival.address, headers["idempotency-key"], body].join(" ");
    await isKnown;
    this.#reach.onCall(call);
    if (await this.#strike("before", call, outgoing)) return;
    const answer = await arrival.answer(call, body);
    call.answer = answer.body.toString();
    if (await this.#strike("after", call, outgoing)) return;
    this.#end(call, answer.status);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #record({ service, by, subject }: Arrival, invocation: string | undefined): Call {
    const call: Call = {
      service,
      by,
      invocation,
      run: undefined,
      steps: [],
      nth: this.calls.filter((earlier) => earlier.service === service).length + 1,
      subject,
      asked: "",
      outcome: "under way",
      held: false,
      answer: "",
    };
    this.calls.push(call);
    this.#reach.onCall(call);
    return call;
  }

  #end(call: Call, outcome: Call["outcome"]): void {
    call.outcome = outcome;
    this.#reach.onCall(call);
  }

  /** Returns whether a failure ended the call. */
  async #strike(phase: Failure["phase"], call: Call, outgoing: ServerResponse): Promise<boolean> {
    const failure = this.#failures.find((each) => each.phase === phase && each.strikes(call));
    if (failure) {
      this.#struck.add(failure);
      this.strikes += 1;
    }
    const blow = failure?.blow();
    switch (blow?.kind) {
      case undefined:
        return false;
      case "kill the agents":
        this.#end(call, "cut");
        this.#reach.kill(call.by);
        outgoing.destroy();
        return true;
      case "kill the server":
        await this.#reach.killServer();
        return false;
      case "hold":
        call.held = true;
        this.#reach.onCall(call);
        await blow.until;
        call.held = false;
        // During the hold, something else may have been injected.
        return call.outcome === "cut" || this.#strike(phase, call, outgoing);
      case "answer":
        call.answer = blow.body;
        this.#end(call, blow.status);
        outgoing.writeHead(blow.status, blow.headers).end(blow.body);
        return true;
    }
  }
}
