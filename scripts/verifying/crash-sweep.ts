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
import { type Crash, type Play, sweep } from "../../checks/stage/sweep.ts";
import { openTheatre, ServiceMissing } from "../../checks/stage/theatre.ts";
import type { Target } from "../learner/targets.ts";
import { atMost } from "./at-most.ts";

/** Sweeps exercises with crashes. Fails if a crash does harm. */
export async function sweepAll(targets: readonly Target[]): Promise<void> {
  const inTurn = atMost(Math.min(2, availableParallelism()));
  const swept = targets.map((target) => inTurn(() => sweepExercise(target)));
  const crashes = (await Promise.all(swept)).flat();
  const count = (harm: "lost" | "repeated") =>
    crashes.filter(({ damage }) => damage[harm].length > 0).length;
  const [lost, repeated] = [count("lost"), count("repeated")];
  console.log(`\n${crashes.length} crash points, ${lost} lost, ${repeated} repeated`);
  process.exitCode = lost + repeated === 0 ? 0 : 1;
}

/** Sweeps an exercise in both modes, on a server of its own. Prints each harmful crash at once. */
async function sweepExercise({ chapter, exercise, file }: Target): Promise<Crash[]> {
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
  const crashes: Crash[] = [];
  await sweep(theatre, play, (crash) => {
    crashes.push(crash);
    if (didHarm(crash)) console.log(renderCrash(name, crash));
  });
  await theatre.close();
  await server.process.kill();
  const harmful = crashes.filter(didHarm).length;
  console.log(`${name}: ${crashes.length} crash points, ${harmful} did harm`);
  return crashes;
}

function didHarm({ damage: { lost, repeated } }: Crash): boolean {
  return lost.length + repeated.length > 0;
}

function renderCrash(name: string, { mode, point, damage, events, invoked }: Crash): string {
  return [
    `\n${styleText("red", "✗")} ${name}, ${mode}: ${point.name}`,
    ...damage.lost.map((what) => `  lost: ${what}`),
    ...damage.repeated.map((what) => `  repeated: ${what}`),
    ...renderTimeline(events, invoked).map((line) => line.slice(0, 80)),
  ].join("\n");
}
