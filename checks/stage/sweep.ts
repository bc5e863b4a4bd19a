import { untilAllEnded } from "./all-ended.ts";
import {
  type CrashPoint,
  crashPointsOf,
  type Damage,
  damageOf,
  type Killed,
  outsideSteps,
  type Run,
} from "./crash-points.ts";
import type { Invoked, Service, StageEvent } from "./events.ts";
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

/**
 * Records a run with nothing broken, and one in which every await is replayed. Then repeats it, in both
 * modes, once for every moment at which a crash could do harm.
 *
 * @param onSwept called with the result of each run, when it ends
 * @returns how many crash points it left out, because the run never recovered from others
 * @throws if the server says that a service is in another mode
 */
export async function sweep<On extends Ground>(
  { theatre, run, kills }: Subject<On>,
  onSwept: (swept: Swept) => void,
): Promise<number> {
  let stuck = 0;
  let leftOut = 0;
  const perform = (mode: Mode, point: CrashPoint | undefined, calm: Run | undefined) =>
    new Promise<Run>((resolve, reject) => {
      const act = async (on: On) => {
        const places = point ? [] : recordPlaces(on);
        const crash = point && inject(on, point);
        // What comes later belongs to the end of the stage, which lets go of what is held.
        const recorded = { ...(await recordRun(on, run, mode, calm)), places: [...places] };
        await crash?.settled();
        const damage = damageOf(recorded, calm ?? recorded);
        if (crash === undefined) damage.outside.push(...outsideSteps(recorded));
        if (!recorded.allEnded) {
          damage.lost.push("an end: something that the run has called never ends");
        }
        if (crash?.standing) {
          damage.lost.push("the crash itself: this run never reached that moment");
        }
        const invoked = await invokedOn(on).catch(() => []);
        const { outcome } = recorded;
        onSwept({ mode, point, outcome, damage, events: on.events, invoked });
        resolve(recorded);
      };
      theatre.perform({ name, kills: point?.kills === "agent", act }).catch(reject);
    });
  const put = async (mode: Mode) => {
    await theatre.setMode(mode);
    await theatre.expectMode(mode);
  };

  const calm = new Map<Mode, Run>();
  for (const mode of modes) {
    await put(mode);
    calm.set(mode, await perform(mode, undefined, calm.get("normal")));
  }
  for (const [mode, then] of calm) {
    // There is nothing to compare with a run that never ends.
    if (then.outcome.kind === "stuck") continue;
    await put(mode);
    const points = crashPointsOf(then, kills);
    const crash = async (point: CrashPoint) => {
      if (stuck === mostStuck) {
        leftOut += 1;
        return;
      }
      const { outcome } = await perform(mode, point, then);
      if (outcome.kind === "stuck") stuck += 1;
    };
    await inTurns(
      points.filter(({ kills }) => kills === "agent"),
      crash,
    );
    // Both stages share the server: nothing else may run when it is killed.
    for (const point of points.filter(({ kills }) => kills === "server")) await crash(point);
    await theatre.expectMode(mode);
  }
  return leftOut;
}

// The same for all runs, so that all make the same choices.
const name = "sweep";

// A theatre has at most two stages.
const atOnce = 2;

/** Does something with each item, two at a time. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function inject(on: Ground, point: CrashPoint): Crash {
  if ("message" in point) return crashAtMessage(on, point.message);
  const failure = on.inject(point.failure());
  return {
    get standing() {
      return failure.standing;
    },
    settled: async () => {},
  };
}

async function recordRun<On extends Ground>(
  on: On,
  run: (on: On) => Promise<Outcome>,
  mode: Mode,
  calm: Run | undefined,
): Promise<Omit<Run, "places">> {
  const outcome = await run(on);
  // What never ends without a crash is not waited for at each crash.
  const mayEnd = outcome.kind !== "stuck" && calm?.allEnded !== false;
  return {
    outcome,
    allEnded: mayEnd ? await untilAllEnded(on, mode) : outcome.kind === "stuck",
    calls: on.allCalls.map((call) => ({ ...call })),
    effects: [...on.effects],
  };
}
