import { delimiter, dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";
import { CheckFailed, type Explanation } from "../report/check-failed.ts";
import { renderTimeline } from "../report/timeline.ts";
import { AgentDown } from "./agents/process.ts";
import type { Mode } from "./restate/admin.ts";
import { reachServer } from "./restate/binary.ts";
import { root } from "./run-folder.ts";
import type { Stage } from "./stage.ts";
import { openTheatre, ServiceMissing, type Theatre } from "./theatre.ts";

declare module "vitest" {
  interface TaskMeta {
    check?: CheckMeta;
  }
}

/** What the reporter is told of a check. */
export interface CheckMeta {
  id: string;
  title: string;
  mode: Mode;
  /** Its place among the checks of its folder, which may end in another order. */
  order: number;
  /** How long it ran, in milliseconds, waits for its turn aside. */
  ms: number;
  seed: number;
  /** The checked folder, relative to the root of the repo. */
  folder: string;
  /** Where the check has failed because of the learner's code. */
  explanation?: Explanation;
  /** Where it has failed, what happened until then, a line each. */
  timeline?: readonly string[];
}

/** One claim about an exercise. */
export interface Check {
  /** What comes after the chapter's number in the id: `crash-mid-tool` for `01.crash-mid-tool`. */
  id: string;
  title: string;
  modes: readonly Mode[];
  /** Whether it kills the agents, once in each mode. */
  kills?: true;
  /** Whether it breaks what other checks stand on, so that none may run beside it. */
  alone?: true;
  /** @throws {CheckFailed} where the claim does not hold */
  run: (stage: Stage, folder: string) => Promise<void>;
}

const modes: readonly Mode[] = ["normal", "always-replay"];

/**
 * Makes the checks of an exercise a vitest suite, in the order in which a learner is to meet them.
 * The first is the one with nothing broken: where it fails, the others are skipped.
 *
 * The environment says what is checked: `WORKSHOP_TREE` where chapters lie (`exercises` unless
 * set), or `WORKSHOP_FOLDERS` the folders to check one after another; `WORKSHOP_SEED` the seed.
 */
export function suite(chapterNumber: string, exerciseId: string, checks: readonly Check[]): void {
  const chapter = chapters.find(({ number }) => number === chapterNumber);
  const exercise = chapter?.exercises.find(({ id }) => id === exerciseId);
  if (chapter === undefined || exercise === undefined) {
    throw new Error(`The manifest has no ${chapterNumber} ${exerciseId}.`);
  }
  const seed = Number(process.env.WORKSHOP_SEED ?? Math.floor(Math.random() * 1_000_000));
  for (const folder of foldersToCheck(chapter)) {
    describe(relative(root, folder), () => {
      describeFolder({ chapter, exercise, checks, folder, seed });
    });
  }
}

function foldersToCheck(chapter: Chapter): string[] {
  const { WORKSHOP_FOLDERS: folders, WORKSHOP_TREE: tree = "exercises" } = process.env;
  return folders ? folders.split(delimiter) : [join(root, tree, chapter.slug)];
}

interface FolderToCheck {
  chapter: Chapter;
  exercise: Exercise;
  checks: readonly Check[];
  folder: string;
  seed: number;
}

function describeFolder({ chapter, exercise, checks, folder, seed }: FolderToCheck): void {
  let opening: Promise<Theatre>;
  let works = true;
  let order = 0;

  beforeAll(() => {
    const kills = checks.filter(({ kills }) => kills).flatMap(({ modes }) => modes).length;
    opening = open(folder, exercise, kills, seed);
    // Every check says so itself.
    opening.catch(() => {});
  });
  afterAll(async () => {
    const theatre = await opening.catch(() => undefined);
    await theatre?.close();
  });

  const defineTest = (check: Check, mode: Mode, place: number) => {
    const isFirst = check === checks[0];
    const meta: CheckMeta = {
      id: `${chapter.number}.${check.id}`,
      title: check.title,
      mode,
      order: place,
      ms: 0,
      seed,
      folder: relative(root, folder),
    };
    const define = isFirst || check.alone ? test : test.concurrent;
    define(check.title, async ({ task, skip }) => {
      task.meta.check = meta;
      skip(!works, "It is checked once the agent answers with nothing broken.");
      try {
        const theatre = await onceOpen(opening, exercise);
        await theatre.perform({
          name: `${meta.id} ${mode}`,
          kills: check.kills === true,
          act: async (stage) => {
            const begun = performance.now();
            try {
              await check.run(stage, folder);
            } catch (error) {
              meta.timeline = renderTimeline(stage.events, await stage.steps().catch(() => []));
              throw error;
            } finally {
              meta.ms = Math.round(performance.now() - begun);
            }
          },
        });
      } catch (error) {
        if (error instanceof CheckFailed) meta.explanation = error.explanation;
        if (isFirst) works = false;
        throw error;
      }
    });
  };

  for (const mode of modes) {
    describe(mode, () => {
      beforeAll(async () => {
        const theatre = await opening.catch(() => undefined);
        await theatre?.setMode(mode);
        await theatre?.expectMode(mode);
      });
      afterAll(async () => {
        const theatre = await opening.catch(() => undefined);
        await theatre?.expectMode(mode);
      });
      const inMode = checks.filter(({ modes }) => modes.includes(mode));
      const first = order;
      // Those that run alone come early, while the stage for kills is still opening.
      const alone = inMode.filter((check) => check === checks[0] || check.alone);
      const beside = inMode.filter((check) => !alone.includes(check));
      for (const check of [...alone, ...beside]) {
        defineTest(check, mode, first + inMode.indexOf(check));
      }
      order += inMode.length;
    });
  }
}

async function open(folder: string, { service }: Exercise, kills: number, seed: number) {
  const settings = inject("server");
  const server = reachServer(settings);
  return openTheatre({ folder, service, server, kills, seed, scratch: dirname(settings.folder) });
}

async function onceOpen(opening: Promise<Theatre>, { id, service }: Exercise): Promise<Theatre> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof AgentDown) {
      throw new CheckFailed({
        did: error.message,
        asks: `The exercise must load and serve ${service} before anything can be checked.`,
        cause: `What ${id}.ts, or a file it imports, does outside the handlers: an error, a loop, an exit.`,
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
