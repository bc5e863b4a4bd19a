import { availableParallelism } from "node:os";
import { atMost } from "../../checks/stage/at-most.ts";
import { type Swept, sweep } from "../../checks/stage/sweep.ts";
import { nameOf } from "../learner/progress-file.ts";
import type { Target } from "../learner/targets.ts";
import { openFor } from "./target-theatre.ts";
import { didHarm, HarmTeller, summarize } from "./told-harm.ts";

/** Sweeps exercises with crashes. Fails if a crash does harm, or a call is made outside any step. */
export async function sweepAll(targets: readonly Target[]): Promise<void> {
  const inTurn = atMost(Math.min(2, availableParallelism()));
  const teller = new HarmTeller(console.log);
  const all = await Promise.all(targets.map((each) => inTurn(() => sweepExercise(each, teller))));
  const swept = all.flatMap((each) => each.swept);
  const leftOut = all.reduce((sum, each) => sum + each.leftOut, 0);
  console.log(`\n${summarize(swept, leftOut)}`);
  process.exitCode = swept.some(didHarm) ? 1 : 0;
}

/** Sweeps an exercise in both modes, on a server of its own. Prints each harmful crash at once. */
async function sweepExercise(target: Target, teller: HarmTeller) {
  const { theatre, play, close } = await openFor(target, 2);
  const name = nameOf(target);
  const swept: Swept[] = [];
  const leftOut = await sweep(
    {
      theatre,
      run: (stage) => play.scenario(stage, stage.choices()),
      kills: ["agent", "server"],
    },
    (each) => {
      swept.push(each);
      teller.tell(name, each);
    },
  );
  await close();
  const points = swept.filter(({ point }) => point !== undefined).length;
  console.log(`${name}: ${points} crash points, ${swept.filter(didHarm).length} did harm`);
  return { swept, leftOut };
}
