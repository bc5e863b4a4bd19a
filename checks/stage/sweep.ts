import { untilAllEnded } from "./all-ended.ts";
import {
  type CrashPoint,
  crashPointsOf,
  type Damage,
  damageOf,
  isHarm,
  type Killed,
  outsideSteps,
  type Run,
} from "./crash-points.ts";
import type { Invoked, Service, StageEvent } from "./events.ts";
import type { Failure } from "./failures.ts";
import { favour, oddsFor } from "./favour.ts";
import type { Ground } from "./ground.ts";
import type { Outcome } from "./invocation.ts";
import { invokedOn } from "./invoked.ts";
import { type Crash, crashAtMessage, recordPlaces } from "./message-crash.ts";
import { type Mode, modes } from "./restate/admin.ts";
import type { Chooser } from "./seed.ts";
import type { Stage } from "./stage.ts";
import type { Theatre } from "./theatre.ts";

/**
 * One run of an exercise from its call to its outcome, with the actions of the people outside. The same
 * choices lead to the same questions.
 */
export type Scenario = (stage: Stage, choices: Chooser) => Promise<Outcome>;

/** What a `.scenario.ts` exports. */
export interface Play {
  scenario: Scenario;
  /** The run for storms, if what `scenario` keeps depends on the mode: a storm may change it. */
  inStorms?: Scenario;
  /** The services beside the model after whose errors the agent may end in another way than it does calmly. */
  budgets?: readonly Service[];
}

/** What is swept. */
export interface Subject<On extends Ground> {
  theatre: Theatre<On>;
  /** One run, from its call to its outcome, the same each time. */
  run: (on: On) => Promise<Outcome>;
  /** What a crash may kill. */
  kills: readonly Killed[];
}

/** The result of a run, with a crash or without. */
export interface Swept {
  mode: Mode;
  /** Undefined for a run in which nothing is killed. */
  point: CrashPoint | undefined;
  outcome: Outcome;
  damage: Damage;
  events: readonly StageEvent[];
  invoked: readonly Invoked[];
}

// After this many crashes from which a run never recovers, the next ones tell nothing new.
const mostStuck = 3;
// The delay of the others in a race, in milliseconds. A busy machine needs more.
const delays = [100, 500];
// A theatre has at most two stages.
const atOnce = 2;
// The same for all runs, so that all make the same choices.
const name = "sweep";

/**
 * Records a run with nothing broken, and one in which every await is replayed. Then repeats it, in both
 * modes, once for every moment at which a crash could do harm.
 *
 * @param onSwept called with the result of each run, when it ends
 * @returns how many crash points it left out, because the run never recovered from others
 * @throws if the server says that a service is in another mode
 */
export async function sweep<On extends Ground>(
  subject: Subject<On>,
  onSwept: (swept: Swept) => void,
): Promise<number> {
  const sweeping = new Sweep(subject, onSwept);
  await sweeping.crashEverywhere(await sweeping.runCalmly());
  return sweeping.leftOut;
}

/** A run, and what was seen of it. */
interface Recorded {
  run: Run;
  events: readonly StageEvent[];
  invoked: readonly Invoked[];
  /** Whether what was injected may still strike. */
  spared: boolean;
}

class Sweep<On extends Ground> {
  leftOut = 0;
  #stuck = 0;
  /** By the delay of all others, runs without a crash in which each branch of a race wins once. */
  readonly #races = new Map<number, Promise<Run[]>>();
  readonly #subject: Subject<On>;
  readonly #onSwept: (swept: Swept) => void;

  constructor(subject: Subject<On>, onSwept: (swept: Swept) => void) {
    this.#subject = subject;
    this.#onSwept = onSwept;
  }

  async runCalmly(): Promise<Map<Mode, Run>> {
    const calm = new Map<Mode, Run>();
    for (const mode of modes) {
      await this.#put(mode);
      const recorded = await this.#record(mode, undefined, calm.get("normal"));
      const { run } = recorded;
      const normal = calm.get("normal");
      const damage = normal ? await this.#damageOf(recorded, mode, normal) : damageOf(run, run);
      damage.outside.push(...outsideSteps(run));
      if (run.outcome.kind === "stuck") damage.lost.push(`its end: ${firstLine(run.outcome.why)}`);
      this.#onSwept({ ...recorded, mode, point: undefined, outcome: run.outcome, damage });
      calm.set(mode, run);
    }
    return calm;
  }

  async crashEverywhere(calm: Map<Mode, Run>): Promise<void> {
    const { theatre, kills } = this.#subject;
    for (const [mode, then] of calm) {
      // There is nothing to compare with a run that never ends.
      if (then.outcome.kind === "stuck") continue;
      await this.#put(mode);
      const points = crashPointsOf(then, kills);
      const ofAgents = points.filter(({ kills }) => kills === "agent");
      await inTurns(ofAgents, (point) => this.#crash(mode, point, then));
      // Both stages share the server: nothing else may run when it is killed.
      for (const point of points.filter(({ kills }) => kills === "server")) {
        await this.#crash(mode, point, then);
      }
      await theatre.expectMode(mode);
    }
  }

  async #put(mode: Mode): Promise<void> {
    await this.#subject.theatre.setMode(mode);
    await this.#subject.theatre.expectMode(mode);
  }

  async #crash(mode: Mode, point: CrashPoint, calm: Run): Promise<void> {
    if (this.#stuck === mostStuck) {
      this.leftOut += 1;
      return;
    }
    const recorded = await this.#record(mode, point, calm);
    const { outcome } = recorded.run;
    if (outcome.kind === "stuck") this.#stuck += 1;
    const damage = await this.#damageOf(recorded, mode, calm);
    this.#onSwept({ ...recorded, mode, point, outcome, damage });
  }

  async #damageOf(recorded: Recorded, mode: Mode, calm: Run): Promise<Damage> {
    const { run, spared } = recorded;
    const damage = damageOf(run, calm);
    if (spared) damage.lost.push("the crash itself: this run never reached that moment");
    const mayBeRace = run.outcome.kind !== "stuck" && calm.allEnded;
    if (damage.lost.length === 0 || !mayBeRace) return damage;
    // Another branch may have won a race. That is no loss if it can happen without a crash. The loser may
    // never reach the moment of the crash.
    for (const delay of delays) {
      const races = this.#races.get(delay) ?? this.#race(delay, mode, calm);
      this.#races.set(delay, races);
      for (const race of await races) {
        const compared = damageOf(run, race);
        if (!isHarm(compared)) return compared;
      }
    }
    return damage;
  }

  async #race(delay: number, mode: Mode, calm: Run): Promise<Run[]> {
    const races = oddsFor(calm.calls).map((odds) => this.#record(mode, favour(odds, delay), calm));
    return (await Promise.all(races)).map(({ run }) => run);
  }

  /** Runs the subject once, with what is injected at its start. */
  #record(
    mode: Mode,
    injected: CrashPoint | Failure | undefined,
    calm: Run | undefined,
  ): Promise<Recorded> {
    const { theatre, run } = this.#subject;
    return new Promise((resolve, reject) => {
      const act = async (on: On) => {
        const places = injected ? [] : recordPlaces(on);
        const crash = injected && inject(on, injected);
        const outcome = await run(on);
        // What never ends without a crash is not waited for at each crash.
        const mayEnd = outcome.kind !== "stuck" && calm?.allEnded !== false;
        const recorded = {
          outcome,
          allEnded: mayEnd ? await untilAllEnded(on, mode) : outcome.kind === "stuck",
          calls: on.allCalls.map((call) => ({ ...call })),
          effects: [...on.effects],
          // What comes later belongs to the end of the stage, which lets go of what is held.
          places: [...places],
        };
        await crash?.settled();
        const invoked = await invokedOn(on).catch(() => []);
        const { events } = on;
        resolve({ run: recorded, events, invoked, spared: crash?.standing ?? false });
      };
      theatre.perform({ name, kills: injected !== undefined, act }).catch(reject);
    });
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

/** Does something with each item, two at a time. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function inject(on: Ground, injected: CrashPoint | Failure): Crash {
  if ("message" in injected) return crashAtMessage(on, injected.message);
  const failure = on.inject("failure" in injected ? injected.failure() : injected);
  return {
    get standing() {
      return failure.standing;
    },
    settled: async () => {},
  };
}
