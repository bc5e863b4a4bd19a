import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { workshopFolder } from "../../checks/stage/run-folder.ts";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";

/** An exercise with its chapter. */
export interface Place {
  chapter: Chapter;
  exercise: Exercise;
}

/** What is known about a learner's work on an exercise. */
export interface Work {
  /** Milliseconds between checks, long breaks left out. */
  spent: number;
  /** When all its checks passed for the first time, an ISO date. */
  passedAt?: string;
  /** The first failed check of its last run: `crash-before-weather`, or `types` if it did not compile. */
  failed?: string;
}

/** An exercise that was checked. */
export interface Checked extends Place {
  /** Its first failed check; undefined if all passed. */
  failed: string | undefined;
}

interface Progress {
  /** When something was checked last, an ISO date. */
  lastAt?: string;
  /** The first exercise that failed when something was checked last; missing if all passed. */
  lastFailed?: string;
  /** By chapter and exercise: `03 agent`. */
  work: Record<string, Work>;
}

// Milliseconds. A learner who has not checked for longer took a break.
const longestGap = 15 * 60_000;
const file = join(workshopFolder, "progress.json");

const places: readonly Place[] = chapters.flatMap((chapter) =>
  chapter.exercises.map((exercise) => ({ chapter, exercise })),
);

/** An exercise's name as typed: `03 agent`. */
export function nameOf({ chapter, exercise }: Place): string {
  return `${chapter.number} ${exercise.id}`;
}

/** What is known about each exercise, in the order of the workshop. */
export function readWork(): (Place & Work)[] {
  const { work } = read();
  return places.map((place) => ({ spent: 0, ...place, ...work[nameOf(place)] }));
}

/** What is known about an exercise. */
export function readWorkOn(place: Place): Work {
  return read().work[nameOf(place)] ?? { spent: 0 };
}

/** Whether all checks of an exercise passed when it was last checked. */
export function hasPassed(place: Place): boolean {
  const { passedAt, failed } = readWorkOn(place);
  return passedAt !== undefined && failed === undefined;
}

/** The first exercise whose checks have not all passed yet; undefined once all have. */
export function currentPlace(): Place | undefined {
  return readWork().find(({ passedAt }) => passedAt === undefined);
}

/** The first exercise that failed in the learner's last check; undefined if all passed. */
export function placeThatFailed(): Place | undefined {
  const { lastFailed } = read();
  return places.find((place) => nameOf(place) === lastFailed);
}

/** The next exercise that has not passed yet, or else the first of all such. */
export function openPlaceAfter(place: Place): Place | undefined {
  const all = readWork();
  const behind = all.slice(all.findIndex((each) => nameOf(each) === nameOf(place)) + 1);
  return behind.find(({ passedAt }) => passedAt === undefined) ?? currentPlace();
}

/** The exercise after one, in the order of the workshop; undefined after the last. */
export function placeAfter(place: Place): Place | undefined {
  const names = places.map(nameOf);
  return places[names.indexOf(nameOf(place)) + 1];
}

/** The exercise before one, in the order of the workshop; undefined before the first. */
export function placeBefore(place: Place): Place | undefined {
  return places[places.findIndex((each) => nameOf(each) === nameOf(place)) - 1];
}

/** What to print after an exercise has passed: the next one, and what to type. */
export function whatIsNext(place: Place): string {
  const next = openPlaceAfter(place);
  if (next === undefined) return "Every exercise has passed.";
  const name = nameOf(next);
  return `Next: ${name}, exercises/${next.chapter.slug}. Then: npm run check ${name}`;
}

/** Records that exercises were checked, and the results. */
export function noteChecked(checked: readonly Checked[]): void {
  const progress = read();
  const now = new Date();
  const gap = progress.lastAt === undefined ? 0 : now.getTime() - Date.parse(progress.lastAt);
  const spent = gap > longestGap ? 0 : gap / checked.length;
  for (const place of checked) {
    const name = nameOf(place);
    const before = progress.work[name] ?? { spent: 0 };
    const { failed } = place;
    progress.work[name] = {
      spent: before.spent + (before.passedAt === undefined ? spent : 0),
      ...(failed === undefined && { passedAt: now.toISOString() }),
      ...(before.passedAt !== undefined && { passedAt: before.passedAt }),
      ...(failed !== undefined && { failed }),
    };
  }
  const lastFailed = checked.find(({ failed }) => failed !== undefined);
  write({
    work: progress.work,
    lastAt: now.toISOString(),
    ...(lastFailed && { lastFailed: nameOf(lastFailed) }),
  });
}

function read(): Progress {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Progress;
  } catch {
    return { work: {} };
  }
}

function write(progress: Progress): void {
  mkdirSync(dirname(file), { recursive: true });
  // Two checks may end at the same time. Nobody may read a half-written file.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(progress, null, 2)}\n`);
  renameSync(written, file);
}
