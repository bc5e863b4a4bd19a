import { join } from "node:path";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { type Extent, readAsked, type Stages, type Subject } from "../stage/asked.ts";
import type { Part } from "../stage/events.ts";
import { modes } from "../stage/restate/admin.ts";
import { reach } from "../stage/restate/runtime.ts";
import { root } from "../stage/run-folder.ts";
import { openTheatre, type Theatre } from "../stage/theatre.ts";
import { asCheckFailed } from "./agent-trouble.ts";
import { CannotTell, type Check, type CheckMeta, type Claim } from "./check.ts";
import { performUndisturbed } from "./perform.ts";

// In columns. A check's line in the report must fit.
const lineWidth = 80;

/**
 * Makes a vitest suite of an exercise's checks, in the order in which a learner should meet them. The
 * first check breaks nothing. If it fails, the others are skipped.
 */
export function suite(chapterNumber: string, exerciseId: string, checks: readonly Check[]): void {
  const chapter = chapters.find(({ number }) => number === chapterNumber);
  const exercise = chapter?.exercises.find(({ id }) => id === exerciseId);
  if (chapter === undefined || exercise === undefined) {
    throw new Error(`The manifest has no ${chapterNumber} ${exerciseId}.`);
  }
  const ids = checks.map(({ id }) => id);
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new Error(`Two checks are called ${twice}.`);
  if (!ids.includes("two-at-once")) throw new Error(`${exerciseId} is never run twice at once.`);
  const long = checks.find(({ id, title, modes }) => {
    const mode = modes.includes("always-replay") ? " (always-replay)" : "";
    return `✓ ${chapterNumber}.${id}  ${title}${mode}`.length > lineWidth;
  });
  if (long) throw new Error(`With its title, ${long.id} is longer than a line.`);

  const { where, stages, seed = Math.floor(Math.random() * 1_000_000) } = readAsked();
  const subjects = "tree" in where ? [{ folder: join(where.tree, chapter.slug) }] : where.subjects;
  for (const subject of subjects) {
    describe(subject.folder, () =>
      describeSubject({ chapter, exercise, checks, subject, stages, seed }),
    );
  }
}

function claimsOf(checks: readonly Check[], extent: Extent | undefined): Claim[] {
  const all = modes
    .flatMap((mode) =>
      checks.flatMap((check) => (check.modes.includes(mode) ? [{ check, mode }] : [])),
    )
    .map((claim, order) => ({ ...claim, order }));
  if (extent === undefined) return all;
  const last = all.find(
    ({ check, mode }) => check.id === extent.upTo.check && mode === extent.upTo.mode,
  );
  if (last === undefined) return all;
  return all.filter(({ check, order }) => order <= last.order || extent.andAlso.includes(check.id));
}

interface SubjectOfChecks {
  chapter: Chapter;
  exercise: Exercise;
  checks: readonly Check[];
  subject: Subject;
  stages: Stages;
  seed: number;
}

function describeSubject(subjectOfChecks: SubjectOfChecks): void {
  const { chapter, exercise, checks, subject, stages, seed } = subjectOfChecks;
  const claims = claimsOf(checks, subject.extent);
  const folder = join(root, subject.folder);
  const next = `Fix ${exercise.id}.ts, then: npm run check ${chapter.number}`;
  let opening: Promise<Theatre>;
  let works = true;

  beforeAll(() => {
    const killsOf = (part: Part) => claims.filter(({ check }) => check.kills === part).length;
    const kills = { agent: killsOf("agent"), child: killsOf("child") };
    opening = open(folder, exercise, { kills, stages, seed });
    // Every check reports this error itself.
    opening.catch(() => {});
  });
  afterAll(async () => {
    const theatre = await opening.catch(() => undefined);
    await theatre?.close();
  });

  const defineTest = (claim: Claim) => {
    const { check, mode, order } = claim;
    const isFirst = check === checks[0];
    const meta: CheckMeta = {
      id: `${chapter.number}.${check.id}`,
      title: check.title,
      mode,
      order,
      ms: 0,
      seed,
      folder: subject.folder,
    };
    const define = isFirst || check.killsServer ? test : test.concurrent;
    define(check.title, async ({ task, skip }) => {
      task.meta.check = meta;
      skip(
        check.killsServer === true && !serverIsOurs(),
        "The check kills the Restate server, and this run did not start that server.",
      );
      skip(!works, "This is checked when the agent works with nothing broken.");
      try {
        await performUndisturbed(await opening, claim, meta, { folder, next });
      } catch (error) {
        skip(error instanceof CannotTell, (error as Error).message);
        const told = asCheckFailed(error, exercise);
        if (told instanceof CheckFailed) meta.explanation = told.explanation;
        if (isFirst) works = false;
        throw told;
      }
    });
  };

  for (const mode of modes) {
    const inMode = claims.filter((claim) => claim.mode === mode);
    if (inMode.length === 0) continue;
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
      // Checks that run alone come first, while the stage for kills is still opening.
      const alone = inMode.filter(({ check }) => check === checks[0] || check.killsServer);
      const beside = inMode.filter((claim) => !alone.includes(claim));
      for (const claim of [...alone, ...beside]) defineTest(claim);
    });
  }
}

function serverIsOurs(): boolean {
  return reach(inject("server")).killAndRestart !== undefined;
}

async function open(
  folder: string,
  { service, calls = [] }: Exercise,
  how: { kills: Record<Part, number>; stages: Stages; seed: number },
) {
  return openTheatre({
    folder,
    service,
    calls,
    server: reach(inject("server")),
    ...how,
  });
}
