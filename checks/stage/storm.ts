import { setTimeout as pause } from "node:timers/promises";
import { untilAllEnded } from "./all-ended.ts";
import type { Call, Invoked, StageEvent } from "./events.ts";
import type { Blow, Failure } from "./failures.ts";
import type { Outcome } from "./invocation.ts";
import { invokedOn } from "./invoked.ts";
import type { Mode } from "./restate/admin.ts";
import type { Stage } from "./stage.ts";
import type { Play } from "./sweep.ts";
import type { Theatre } from "./theatre.ts";
import { waitFor } from "./wait.ts";
import type { Entry } from "./world/ledger.ts";

/** What a storm can do at a call. */
export const blows = [
  "agent killed",
  "server killed",
  "answered 503",
  "answered 429",
  "held",
  "mode changed",
  "run cancelled",
] as const;

/** One failure of a storm. */
export interface Strike {
  what: (typeof blows)[number];
  /**
   * Which call of the run, from 1, whatever it calls. A repetition is the same call, so that it keeps its
   * number if one of the other failures is left out.
   */
  at: number;
  /** Before the call has its effect, or after it. An error is always answered before it. */
  phase: "before" | "after";
  /** How many times the error is answered to this call and its repetitions; how long it is held. */
  times: number;
}

/** A storm: how awaits are answered when it begins, and its failures. */
export interface Schedule {
  mode: Mode;
  strikes: readonly Strike[];
}

/** What a run did in a storm. */
export interface StormRun {
  outcome: Outcome;
  /** Whether all that it has called has ended, too; true if the run itself is stuck. */
  allEnded: boolean;
  calls: readonly Call[];
  effects: readonly Entry[];
  /** How many of the failures struck. A run may end before it makes the call that one of them waits for. */
  struck: number;
  wasCancelled: boolean;
  /** The services that answered with an error of the storm. */
  refusedBy: ReadonlySet<Call["service"]>;
  events: readonly StageEvent[];
  invoked: readonly Invoked[];
}

// Milliseconds, far more than a call takes on two busy cores.
const callCap = 20_000;
// Milliseconds for which a call is held, times the strike's number.
const heldFor = 60;

/** The body of an error of a storm. */
export const stormError = JSON.stringify({
  error: { message: "An error of the storm.", type: "storm" },
});

/** Runs an exercise in a storm. Without strikes the run is calm. */
export function runInStorm(
  theatre: Theatre,
  { scenario, inStorms = scenario }: Play,
  { mode, strikes }: Schedule,
): Promise<StormRun> {
  return new Promise((resolve, reject) => {
    const act = async (stage: Stage) => {
      const storm = new Storm(stage, theatre, mode);
      for (const strike of strikes) stage.inject(storm.failureOf(strike));
      const outcome = await inStorms(stage, stage.choices());
      const allEnded = outcome.kind === "stuck" || (await untilNothingMoves(stage));
      resolve({
        outcome,
        allEnded,
        calls: stage.allCalls.map((call) => ({ ...call })),
        effects: [...stage.world.ledger.entries],
        struck: storm.struck,
        wasCancelled: storm.wasCancelled,
        refusedBy: storm.refusedBy,
        events: stage.events,
        invoked: await invokedOn(stage).catch(() => []),
      });
    };
    theatre
      .setMode(mode)
      .then(() => theatre.perform({ name: "storm", kills: true, act }))
      .catch(reject);
  });
}

/**
 * Waits until all that the run has called has ended, and no call that is left can have an effect; returns
 * false if the former never happens.
 */
async function untilNothingMoves(stage: Stage): Promise<boolean> {
  if (!(await untilAllEnded(stage, "always-replay"))) return false;
  await waitFor("the end of the calls", callCap, async () =>
    stage.allCalls.some(({ outcome, held }) => outcome === "under way" && !held) ? undefined : true,
  );
  return true;
}

class Storm {
  struck = 0;
  wasCancelled = false;
  readonly refusedBy = new Set<Call["service"]>();
  readonly #stage: Stage;
  readonly #theatre: Theatre;
  #mode: Mode;

  constructor(stage: Stage, theatre: Theatre, mode: Mode) {
    this.#stage = stage;
    this.#theatre = theatre;
    this.#mode = mode;
  }

  failureOf(strike: Strike): Failure {
    return strike.what === "answered 503" || strike.what === "answered 429"
      ? this.#refusal(strike, strike.what === "answered 503" ? 503 : 429)
      : this.#once(strike, () => this.#blowOf(strike));
  }

  #once({ at, phase }: Strike, blow: () => Blow): Failure {
    let standing = true;
    return {
      phase,
      strikes: (call) => standing && this.#nth(call) === at,
      blow: () => {
        standing = false;
        this.struck += 1;
        return blow();
      },
      // Nobody knows whether a run makes that many calls.
      standing: false,
      lift: () => {
        standing = false;
      },
    };
  }

  /** Answers with an error, to one request and its repetitions. */
  #refusal({ at, times }: Strike, status: number): Failure {
    let left = times;
    let asked: string | undefined;
    return {
      phase: "before",
      strikes: (call) => {
        if (left === 0) return false;
        if (this.#nth(call) === at) asked = call.asked;
        return asked !== undefined && call.asked === asked;
      },
      blow: () => {
        if (left === times) this.struck += 1;
        left -= 1;
        const headers = { "content-type": "application/json", "retry-after-ms": "10" };
        const service = this.#stage.allCalls.find((call) => call.asked === asked)?.service;
        if (service) this.refusedBy.add(service);
        return { kind: "answer", status, headers, body: stormError };
      },
      get standing() {
        return asked !== undefined && left > 0;
      },
      lift: () => {
        left = 0;
      },
    };
  }

  #blowOf({ what, times }: Strike): Blow {
    switch (what) {
      case "agent killed":
        return { kind: "kill the agents" };
      case "server killed":
        return { kind: "kill the server" };
      case "mode changed":
        this.#mode = this.#mode === "normal" ? "always-replay" : "normal";
        return { kind: "hold", until: this.#theatre.setMode(this.#mode) };
      case "run cancelled":
        this.wasCancelled = true;
        return { kind: "hold", until: this.#cancel() };
      default:
        return { kind: "hold", until: pause(heldFor * times) };
    }
  }

  async #cancel(): Promise<void> {
    await this.#stage.invocations.at(-1)?.cancel();
  }

  #nth({ asked }: Call): number {
    return [...new Set(this.#stage.allCalls.map((call) => call.asked))].indexOf(asked) + 1;
  }
}
