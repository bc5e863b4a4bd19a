import { join } from "node:path";
import { AgentDown } from "../../checks/stage/agents/process.ts";
import type { Stages } from "../../checks/stage/asked.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { reachServer } from "../../checks/stage/restate/binary.ts";
import { startServerForChecks } from "../../checks/stage/restate/for-checks.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { importFile } from "../../checks/stage/source-file.ts";
import type { Play } from "../../checks/stage/sweep.ts";
import { openTheatre, ServiceMissing, type Theatre } from "../../checks/stage/theatre.ts";
import type { Target } from "../learner/targets.ts";

/** An exercise on stages of its own, with what is played there. */
export interface Opened {
  theatre: Theatre;
  play: Play;
  /** Ends everything that was started for it. */
  close(): Promise<void>;
}

/**
 * Opens an exercise on a Restate server of its own, for any number of kills.
 *
 * @throws {CouldNotRun} if its code cannot be served
 */
export async function openFor(
  { chapter, exercise, file }: Target,
  stages: Stages,
): Promise<Opened> {
  const scenario = join(root, "checks", chapter.slug, `${exercise.id}.scenario.ts`);
  const play = await importFile<Play>(scenario);
  const server = await startServerForChecks(makeRunFolder());
  const theatre = await openTheatre({
    folder: join(root, file, ".."),
    service: exercise.service,
    calls: exercise.calls ?? [],
    server: reachServer(server.settings),
    kills: { agent: Number.POSITIVE_INFINITY, child: Number.POSITIVE_INFINITY },
    seed: Math.floor(Math.random() * 1_000_000),
    stages,
  }).catch(async (error) => {
    await server.process.kill();
    if (!(error instanceof AgentDown || error instanceof ServiceMissing)) throw error;
    throw new CouldNotRun(`${file}: ${error.message}`, `Type: npm run check ${chapter.number}`);
  });
  return {
    theatre,
    play,
    close: async () => {
      await theatre.close();
      await server.process.kill();
    },
  };
}
