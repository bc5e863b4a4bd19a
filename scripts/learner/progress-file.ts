import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { workshopFolder } from "../../checks/stage/run-folder.ts";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";

/** An exercise with its chapter. */
export interface Place {
  chapter: Chapter;
  exercise: Exercise;
}

/** What is known of a learner's work on an exercise. */
export interface Work {
  /** Milliseconds between checks, long breaks left out. */
  spent: number;
  /** When all its checks passed for the first time, an ISO date. */
  passedAt?: string;
  /** The first check that failed when it was last checked: `crash-before-weather`. */
  failed?: string;
}

/** An exercise that was checked. */
export interface Checked extends Place {
  /** Its first check that failed; undefined where all have passed. */
  failed: string | undefined;
}

interface Progress {
  /** When something was checked last, an ISO date. */
  lastAt?: string;
  /** By chapter and exercise: `03 agent`. */
  work: Record<string, Work>;
}

// Milliseconds: who has not checked for longer was elsewhere.
const longestGap = 15 * 60_000;
const file = join(workshopFolder, "progress.json");

const places: readonly Place[] = chapters.flatMap((chapter) =>
  chapter.exercises.map((exercise) => ({ chapter, exercise })),
);

/** An exercise's name as one types it: `03 agent`. */
export function nameOf({ chapter, exercise }: Place): string {
  return `${chapter.number} ${exercise.id}`;
}

/** What is known of each exercise, in the order of the workshop. */
export function readWork(): (Place & Work)[] {
  const { work } = read();
  return places.map((place) => ({ spent: 0, ...place, ...work[nameOf(place)] }));
}

/** What is known of an exercise. */
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

/** The first behind one whose checks have not all passed yet, or else the first of all such. */
export function openPlaceAfter(place: Place): Place | undefined {
  const all = readWork();
  const behind = all.slice(all.findIndex((each) => nameOf(each) === nameOf(place)) + 1);
  return behind.find(({ passedAt }) => passedAt === undefined) ?? currentPlace();
}

/** The exercise behind one, in the order of the workshop; undefined behind the last. */
export function placeAfter(place: Place): Place | undefined {
  const names = places.map(nameOf);
  return places[names.indexOf(nameOf(place)) + 1];
}

/** The exercise in front of one, in the order of the workshop; undefined in front of the first. */
export function placeBefore(place: Place): Place | undefined {
  return places[places.findIndex((each) => nameOf(each) === nameOf(place)) - 1];
}

/** What a learner is told who is done with an exercise: the next one, and what to type. */
export function whatIsNext(place: Place): string {
  const next = openPlaceAfter(place);
  if (next === undefined) return "Every exercise has passed.";
  const name = nameOf(next);
  return `Next: ${name}, exercises/${next.chapter.slug}. Then: npm run check ${name}`;
}

/** Notes that exercises were checked, and how they came out. */
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
  write({ ...progress, lastAt: now.toISOString() });
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
  // Two checks may end at once: nobody reads a file that is half written.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(progress, null, 2)}\n`);
  renameSync(written, file);
}
