import { availableParallelism } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import { renderTimeline } from "../../checks/report/timeline.ts";
import { AgentDown } from "../../checks/stage/agents/process.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { reachServer } from "../../checks/stage/restate/binary.ts";
import { startServerForChecks } from "../../checks/stage/restate/for-checks.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { importFile } from "../../checks/stage/source-file.ts";
import { type Play, type Swept, sweep } from "../../checks/stage/sweep.ts";
import { openTheatre, ServiceMissing } from "../../checks/stage/theatre.ts";
import type { Target } from "../learner/targets.ts";
import { atMost } from "./at-most.ts";

/** Sweeps exercises with crashes. Fails if a crash does harm, or a call is made outside any step. */
export async function sweepAll(targets: readonly Target[]): Promise<void> {
  const inTurn = atMost(Math.min(2, availableParallelism()));
  const swept = (
    await Promise.all(targets.map((target) => inTurn(() => sweepExercise(target))))
  ).flat();
  console.log(`\n${tellCounts(swept)}`);
  process.exitCode = swept.some(didHarm) ? 1 : 0;
}

/** `50 crash points, 0 lost, 2 repeated` */
function tellCounts(swept: readonly Swept[]): string {
  const count = (harm: keyof Swept["damage"]) =>
    swept.filter(({ damage }) => damage[harm].length > 0).length;
  const points = swept.filter(({ point }) => point !== undefined).length;
  return `${points} crash points, ${count("lost")} lost, ${count("repeated")} repeated`;
}

/** Sweeps an exercise in both modes, on a server of its own. Prints each harmful crash at once. */
async function sweepExercise({ chapter, exercise, file }: Target): Promise<Swept[]> {
  const play = await importFile<Play>(
    join(root, "checks", chapter.slug, `${exercise.id}.scenario.ts`),
  );
  const scratch = makeRunFolder();
  const server = await startServerForChecks(scratch);
  const theatre = await openTheatre({
    folder: join(root, file, ".."),
    service: exercise.service,
    calls: exercise.calls ?? [],
    server: reachServer(server.settings),
    kills: { agent: Number.POSITIVE_INFINITY, child: Number.POSITIVE_INFINITY },
    seed: Math.floor(Math.random() * 1_000_000),
    stages: 2,
  }).catch((error) => {
    if (!(error instanceof AgentDown || error instanceof ServiceMissing)) throw error;
    throw new CouldNotRun(`${file}: ${error.message}`, `Type: npm run check ${chapter.number}`);
  });
  const name = `${chapter.number} ${exercise.id}`;
  const all: Swept[] = [];
  await sweep(theatre, play, (swept) => {
    all.push(swept);
    if (didHarm(swept)) console.log(renderHarm(name, swept));
  });
  await theatre.close();
  await server.process.kill();
  console.log(`${name}: ${tellCounts(all)}`);
  return all;
}

function didHarm({ damage: { lost, repeated, outside } }: Swept): boolean {
  return lost.length + repeated.length + outside.length > 0;
}

function renderHarm(name: string, { mode, point, damage, events, invoked }: Swept): string {
  return [
    `\n${styleText("red", "✗")} ${name}, ${mode}: ${point?.name ?? "nothing killed"}`,
    ...damage.lost.map((what) => `  lost: ${what}`),
    ...damage.repeated.map((what) => `  repeated: ${what}`),
    ...damage.outside.map((what) => `  outside any step: ${what}`),
    ...renderTimeline(events, invoked).map((line) => line.slice(0, 80)),
  ].join("\n");
}
