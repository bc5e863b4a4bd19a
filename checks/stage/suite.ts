import { join } from "node:path";
import { afterAll, describe, inject, test } from "vitest";
import { chapters, type Exercise } from "../../manifest.ts";
import { CheckFailed, type Explanation } from "../report/check-failed.ts";
import { AgentDown } from "./agents/process.ts";
import type { Mode } from "./restate/admin.ts";
import { reachServer, untilReady } from "./restate/binary.ts";
import { root } from "./run-folder.ts";
import { ServiceMissing, Stage } from "./stage.ts";

declare module "vitest" {
  interface TaskMeta {
    check?: { id: string; title: string; mode: Mode; seed: number; explanation?: Explanation };
  }
}

/** One claim about an exercise. */
export interface Check {
  /** What comes after the chapter's number in the id: `crash-mid-tool` for `01.crash-mid-tool`. */
  id: string;
  title: string;
  modes: readonly Mode[];
  /** @throws {CheckFailed} where the claim does not hold */
  run: (stage: Stage, folder: string) => Promise<void>;
}

const modes: readonly Mode[] = ["normal", "always-replay"];

/** Makes the checks of an exercise a vitest suite, in the order in which a learner is to meet them. */
export function suite(chapterNumber: string, exerciseId: string, checks: readonly Check[]): void {
  const chapter = chapters.find(({ number }) => number === chapterNumber);
  const exercise = chapter?.exercises.find(({ id }) => id === exerciseId);
  if (chapter === undefined || exercise === undefined) {
    throw new Error(`The manifest has no ${chapterNumber} ${exerciseId}.`);
  }
  const folder =
    process.env.WORKSHOP_FOLDER ??
    join(root, process.env.WORKSHOP_TREE ?? "exercises", chapter.slug);
  const seed = Number(process.env.WORKSHOP_SEED ?? Math.floor(Math.random() * 1_000_000));

  const settings = inject("server");
  const server = reachServer(settings);
  const opened = (async () => {
    await untilReady(server.adminUrl, settings.folder);
    return Stage.open({
      folder,
      service: exercise.service,
      server,
      seed,
      scratch: settings.folder,
    });
  })();
  opened.catch(() => {});
  afterAll(async () => {
    const stage = await opened.catch(() => undefined);
    await stage?.close();
  });

  for (const mode of modes) {
    describe(mode, () => {
      for (const check of checks) {
        if (!check.modes.includes(mode)) continue;
        test(check.title, async ({ task }) => {
          const id = `${chapter.number}.${check.id}`;
          const about = { id, title: check.title, mode, seed };
          task.meta.check = about;
          try {
            const stage = await onStage(opened, exercise);
            await perform(check, mode, stage, folder);
          } catch (error) {
            if (error instanceof CheckFailed) {
              task.meta.check = { ...about, explanation: error.explanation };
            }
            throw error;
          }
        });
      }
    });
  }
}

async function perform(check: Check, mode: Mode, stage: Stage, folder: string): Promise<void> {
  await stage.begin(mode);
  try {
    await check.run(stage, folder);
    await stage.expectMode(mode);
  } finally {
    await stage.end();
  }
}

/** Waits for the stage; where the learner's code keeps it from opening, every check says so. */
async function onStage(opened: Promise<Stage>, { id, service }: Exercise): Promise<Stage> {
  try {
    return await opened;
  } catch (error) {
    if (error instanceof AgentDown) {
      throw new CheckFailed({
        did: error.message,
        asks: `The exercise must load and serve ${service} before anything can be checked.`,
        cause: `An error in ${id}.ts, or in what it imports, outside the handlers.`,
        next: "Mend that line, save, and check again.",
      });
    }
    if (error instanceof ServiceMissing) {
      throw new CheckFailed({
        did: error.message,
        asks: `Restate calls an agent by its service's name, which must stay ${service}.`,
        cause: `The \`name\` in ${id}.ts, or \`services\` in app.ts, was changed.`,
        next: `Name the service ${service} again, save, and check again.`,
      });
    }
    throw error;
  }
}
