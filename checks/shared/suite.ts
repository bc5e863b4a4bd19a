import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";
import { CheckFailed, type Explanation } from "../report/check-failed.ts";
import { renderJournal } from "../report/journal.ts";
import type { Evidence } from "../report/result.ts";
import { renderTimeline } from "../report/timeline.ts";
import type { Part } from "../stage/agents/agents.ts";
import { cameWithWorkshop, endsInTs } from "../stage/agents/crash.ts";
import { AgentDown } from "../stage/agents/process.ts";
import { type Extent, readAsked, type Stages, type Subject } from "../stage/asked.ts";
import { type Mode, modes } from "../stage/restate/admin.ts";
import { HandlerMissing } from "../stage/restate/ingress.ts";
import { reach } from "../stage/restate/runtime.ts";
import { root } from "../stage/run-folder.ts";
import type { Stage } from "../stage/stage.ts";
import { openTheatre, ServiceMissing, type Theatre } from "../stage/theatre.ts";

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
  /** Where it has failed, what happened until then. */
  evidence?: Evidence;
}

/**
 * Whether a claim holds cannot be told: what it looks at is not there on this server, or is broken in
 * a way that other checks tell of.
 */
export class CannotTell extends Error {}

/** One claim about an exercise. */
export interface Check {
  /** What comes after the chapter's number in the id: `crash-mid-tool` for `01.crash-mid-tool`. */
  id: string;
  title: string;
  modes: readonly Mode[];
  /** Which process it kills, once in each mode. */
  kills?: Part;
  /** Whether it kills the Restate server, on which other checks stand: none may run beside it. */
  killsServer?: true;
  /**
   * @throws {CheckFailed} where the claim does not hold
   * @throws {CannotTell} where there is no way to know
   */
  run: (stage: Stage, folder: string, mode: Mode) => Promise<void>;
}

// Milliseconds: a check takes some seconds on two busy cores, where its waits end with the evidence.
const checkCap = 60_000;
// So often a check is made that the server disturbs.
const mostTimes = 3;
// Columns; what a check is told in must fit a line.
const lineWidth = 80;

/**
 * Makes the checks of an exercise a vitest suite, in the order in which a learner is to meet them.
 * The first is the one with nothing broken: where it fails, the others are skipped.
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

/** A check in one of its modes. */
interface Claim {
  check: Check;
  mode: Mode;
  /** Its place among the checks of its folder, in the order in which a learner meets them. */
  order: number;
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
  const next = `Mend ${exercise.id}.ts, then: npm run check ${chapter.number}`;
  let opening: Promise<Theatre>;
  let works = true;

  beforeAll(() => {
    const killsOf = (part: Part) => claims.filter(({ check }) => check.kills === part).length;
    const kills = { agent: killsOf("agent"), child: killsOf("child") };
    opening = open(folder, exercise, { kills, stages, seed });
    // Every check says so itself.
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
        "They kill the Restate server, which is not this run's own.",
      );
      skip(!works, "It is checked once the agent answers with nothing broken.");
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
      // Those that run alone come early, while the stage for kills is still opening.
      const alone = inMode.filter(({ check }) => check === checks[0] || check.killsServer);
      const beside = inMode.filter((claim) => !alone.includes(claim));
      for (const claim of [...alone, ...beside]) defineTest(claim);
    });
  }
}

/** Makes a check, and again where it fails while a server that is also others' was disturbed. */
async function performUndisturbed(
  theatre: Theatre,
  { check, mode }: Claim,
  meta: CheckMeta,
  { folder, next }: { folder: string; next: string },
): Promise<void> {
  for (let time = 1; ; time++) {
    let disturbed = false;
    const act = async (stage: Stage) => {
      const begun = performance.now();
      try {
        await inTime(check.run(stage, folder, mode), next);
        if (stage.spared) throw neverStruck(check.title, next);
        if (stage.threatened) throw new Error("What it injected goes on.");
      } catch (error) {
        disturbed = mayBeDisturbed(stage, error);
        meta.evidence = await evidenceOf(stage);
        throw error;
      } finally {
        meta.ms = Math.round(performance.now() - begun);
      }
    };
    const name = `${meta.id} ${mode}${time === 1 ? "" : ` again ${time}`}`;
    try {
      return await theatre.perform({ name, kills: check.kills !== undefined, act });
    } catch (error) {
      if (!disturbed || time === mostTimes) throw error;
    }
  }
}

/** A node that is lost cuts what goes on, and its server's answers: that tells nothing of the agent. */
function mayBeDisturbed(stage: Stage, error: unknown): boolean {
  if (!stage.server.isShared || error instanceof CannotTell) return false;
  return stage.disturbed || !(error instanceof CheckFailed);
}

// Said at each start, and of each attempt, which the timeline shows.
const saidBySdk =
  /request signatures|INFO: (Starting|Replaying) invocation|INFO: Invocation (suspended|completed)/;

async function evidenceOf(stage: Stage): Promise<Evidence> {
  const { events, log } = stage;
  const invoked = await stage.invoked().catch(() => []);
  const journals = await stage.journals(invoked).catch(() => []);
  return {
    timeline: renderTimeline(events, invoked),
    journal: renderJournal(journals),
    log: log.split("\n").filter((line) => line !== "" && !saidBySdk.test(line)),
  };
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

/** @throws {CheckFailed} where the check goes on and on, as with code that no wait has foreseen */
async function inTime(run: Promise<void>, next: string): Promise<void> {
  const over = new AbortController();
  const tooLate = pause(checkCap, undefined, { signal: over.signal }).then(() => {
    throw new CheckFailed({
      did: `After ${checkCap / 1000} s your agent had not come to where this check ends.`,
      asks: "With nothing broken any more, an agent ends within seconds.",
      cause:
        "It waits for a time that is far longer than asked for, or does something again and again.",
      next,
    });
  });
  try {
    await Promise.race([run, tooLate]);
  } finally {
    over.abort();
  }
}

/** The code never came to where something was to go wrong, and so the check has seen nothing of it. */
function neverStruck(title: string, next: string): CheckFailed {
  return new CheckFailed({
    did: "Your agent has ended, and never made the call at which this check breaks something.",
    asks: `Until that call is made, nobody knows whether this holds: ${title}.`,
    cause: "A call that the exercise had as it came is left out, or is not reached.",
    next,
  });
}

/** What keeps agents from being called is the learner's to mend, whichever check meets it. */
function asCheckFailed(error: unknown, { id, service }: Exercise): unknown {
  if (error instanceof AgentDown) {
    return new CheckFailed({
      did: error.message,
      asks: `The exercise must load and serve ${service} before anything can be checked.`,
      cause: causeOfAgentDown(error.message, id),
      next: error.message.includes(cameWithWorkshop)
        ? "Bring that file back, and check again."
        : "Mend that line, save, and check again.",
    });
  }
  if (error instanceof ServiceMissing) {
    return new CheckFailed({
      did: error.message,
      asks: `Restate calls an agent by its service's name, which must stay ${service}.`,
      cause: `The \`name\` in ${id}.ts, or \`services\` in app.ts, was changed.`,
      next: `Name the service ${service} again, save, and check again.`,
    });
  }
  if (error instanceof HandlerMissing) {
    return new CheckFailed({
      did: `Restate answers 404: ${error.message}`,
      asks: `Who calls ${service} knows it by its handlers' names, which must stay.`,
      cause: `A handler in ${id}.ts was renamed, or the kind of the service is another.`,
      next: "Bring it back as it was, save, and check again.",
    });
  }
  return error;
}

function causeOfAgentDown(message: string, id: string): string {
  if (message.includes(cameWithWorkshop)) return "A file of the exercise was deleted or renamed.";
  if (message.includes(endsInTs)) {
    return "An import names the file without its ending, or with `.js`.";
  }
  return `What ${id}.ts, or a file it imports, does outside the handlers: an error, a loop, an exit.`;
}
