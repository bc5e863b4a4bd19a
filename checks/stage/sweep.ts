import { untilAllEnded } from "./all-ended.ts";
import {
  type CrashPoint,
  crashPointsOf,
  type Damage,
  damageOf,
  outsideSteps,
  type Run,
} from "./crash-points.ts";
import type { Invoked, Service, StageEvent } from "./events.ts";
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

/** The result of a run, with a crash or without. */
export interface Swept {
  mode: Mode;
  /** Undefined for a run in which nothing is killed. */
  point: CrashPoint | undefined;
  damage: Damage;
  events: readonly StageEvent[];
  invoked: readonly Invoked[];
}

/**
 * Records a run with nothing broken, and one in which every await is replayed. Then repeats it, in both
 * modes, once for every moment at which a crash could do harm.
 *
 * @param onSwept called with the result of each run, when it ends
 * @throws if the server says that the service is in another mode
 */
export async function sweep(
  theatre: Theatre,
  { scenario }: Play,
  onSwept: (swept: Swept) => void,
): Promise<void> {
  const perform = (mode: Mode, point: CrashPoint | undefined, calm: Run | undefined) =>
    new Promise<Run>((resolve, reject) => {
      const act = async (stage: Stage) => {
        const places = point ? [] : recordPlaces(stage);
        const crash = point && inject(stage, point);
        // What comes later belongs to the end of the stage, which lets go of what is held.
        const run = { ...(await recordRun(stage, scenario, mode, calm)), places: [...places] };
        await crash?.settled();
        const damage = damageOf(run, calm ?? run);
        if (crash === undefined) damage.outside.push(...outsideSteps(run));
        if (!run.allEnded) damage.lost.push("an end: something that the run has called never ends");
        if (crash?.standing)
          damage.lost.push("the crash itself: this run never reached that moment");
        const invoked = await invokedOn(stage).catch(() => []);
        onSwept({ mode, point, damage, events: stage.events, invoked });
        resolve(run);
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
    await put(mode);
    const points = crashPointsOf(then);
    const crash = (point: CrashPoint) => perform(mode, point, then);
    await Promise.all(points.filter(({ kills }) => kills === "agent").map(crash));
    // Both stages share the server: nothing else may run when it is killed.
    for (const point of points.filter(({ kills }) => kills === "server")) await crash(point);
    await theatre.expectMode(mode);
  }
}

// The same for all runs, so that all make the same choices.
const name = "sweep";

function inject(stage: Stage, point: CrashPoint): Crash {
  if ("message" in point) return crashAtMessage(stage, point.message);
  const failure = stage.inject(point.failure());
  return {
    get standing() {
      return failure.standing;
    },
    settled: async () => {},
  };
}

async function recordRun(
  stage: Stage,
  scenario: Scenario,
  mode: Mode,
  calm: Run | undefined,
): Promise<Omit<Run, "places">> {
  const outcome = await scenario(stage, stage.choices());
  // What never ends without a crash is not waited for at each crash.
  const mayEnd = outcome.kind !== "stuck" && calm?.allEnded !== false;
  return {
    outcome,
    allEnded: mayEnd ? await untilAllEnded(stage, mode) : outcome.kind === "stuck",
    calls: stage.allCalls.map((call) => ({ ...call })),
    effects: [...stage.world.ledger.entries],
  };
}
