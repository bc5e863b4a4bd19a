import {
  type CrashPoint,
  crashPointsOf,
  type Damage,
  damageOf,
  isOpen,
  type Run,
} from "./crash-points.ts";
import type { Call, Invoked, StageEvent } from "./events.ts";
import { atRest } from "./failures.ts";
import type { Outcome } from "./invocation.ts";
import { invokedOn } from "./invoked.ts";
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
  /** Whether it makes calls in parallel. A crash then waits until all others are answered and journalled. */
  sideBySide?: boolean;
}

/** The result of a run with a crash. */
export interface Crash {
  mode: Mode;
  point: CrashPoint;
  damage: Damage;
  events: readonly StageEvent[];
  invoked: readonly Invoked[];
}

/**
 * Records a run with nothing broken. Then repeats it, in both modes, once for every moment at which a
 * crash could do harm.
 *
 * @param onCrash called with the result of each run with a crash, when it ends
 * @throws if the server says that the service is in another mode
 */
export async function sweep(
  theatre: Theatre,
  { scenario, sideBySide = false }: Play,
  onCrash: (crash: Crash) => void,
): Promise<void> {
  const calm = await recordCalmly(theatre, scenario);
  const points = crashPointsOf(calm, sideBySide);
  for (const mode of modes) {
    await theatre.setMode(mode);
    await theatre.expectMode(mode);
    const crash = (point: CrashPoint) =>
      theatre.perform({
        name,
        kills: point.kills === "agent",
        act: async (stage) => {
          const crash = point.failure();
          const rest = () => stage.untilRest();
          const failure = stage.inject(sideBySide ? atRest(crash, rest) : crash);
          const run = await recordRun(stage, scenario);
          const damage = damageOf(run, calm);
          if (failure.standing) damage.lost.push("the call at which to crash");
          const invoked = await invokedOn(stage).catch(() => []);
          onCrash({ mode, point, damage, events: stage.events, invoked });
        },
      });
    await Promise.all(points.filter(({ kills }) => kills === "agent").map(crash));
    // Both stages share the server: nothing else may run when it is killed.
    for (const point of points.filter(({ kills }) => kills === "server")) await crash(point);
    await theatre.expectMode(mode);
  }
}

// The same for all runs, so that all make the same choices.
const name = "sweep";

async function recordCalmly(theatre: Theatre, scenario: Scenario): Promise<Run> {
  return new Promise((resolve, reject) => {
    const act = async (stage: Stage) => resolve(await recordRun(stage, scenario));
    theatre.perform({ name, kills: false, act }).catch(reject);
  });
}

async function recordRun(stage: Stage, scenario: Scenario): Promise<Run> {
  const inFlight: Call[] = [];
  const stop = stage.listen(({ kind }) => {
    if (kind.endsWith(" killed")) inFlight.push(...stage.allCalls.filter(isOpen));
  });
  const outcome = await scenario(stage, stage.choices());
  stop();
  return {
    outcome,
    inFlight,
    calls: stage.allCalls.map((call) => ({ ...call })),
    effects: [...stage.world.ledger.entries],
  };
}
