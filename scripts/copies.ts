import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root, workshopFolder } from "../checks/stage/run-folder.ts";

/** Files as they were before a command changed them. */
export interface Copy {
  /** What was typed. */
  command: string;
  /** An ISO date. */
  at: string;
  /** The files, relative to the root of the repo, and whether they were there. */
  files: readonly { path: string; existed: boolean }[];
}

const copies = join(workshopFolder, "copies");
const undone = join(workshopFolder, "undone");
const listOf = (folder: string) => join(folder, "copy.json");

/** Keeps files as they are now, for `npm run undo`. */
export function keepCopy(command: string, paths: readonly string[]): void {
  keepIn(copies, command, paths);
}

/**
 * Brings the files of the latest copy back, byte for byte, and keeps what was there until now in a
 * folder of its own.
 *
 * @returns that copy and that folder, or undefined where there is no copy any more
 */
export function bringBack(): { copy: Copy; kept: string } | undefined {
  const latest = existsSync(copies) ? readdirSync(copies).sort().at(-1) : undefined;
  if (latest === undefined) return undefined;
  const folder = join(copies, latest);
  const copy = JSON.parse(readFileSync(listOf(folder), "utf8")) as Copy;
  const paths = copy.files.map(({ path }) => path);
  const kept = keepIn(undone, "npm run undo", paths);
  for (const { path, existed } of copy.files) {
    if (existed) copyFileSync(join(folder, path), join(root, path));
    else rmSync(join(root, path), { force: true });
  }
  rmSync(folder, { recursive: true });
  return { copy, kept };
}

function keepIn(place: string, command: string, paths: readonly string[]): string {
  const at = new Date().toISOString();
  mkdirSync(place, { recursive: true });
  const folder = unusedName(join(place, at.replaceAll(":", "-")));
  const files = paths.map((path) => ({ path, existed: existsSync(join(root, path)) }));
  for (const { path, existed } of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    if (existed) copyFileSync(join(root, path), join(folder, path));
  }
  // Last, so that a copy that has its list is whole.
  writeFileSync(listOf(folder), JSON.stringify({ command, at, files } satisfies Copy, null, 2));
  return folder;
}

/** Names sort by time, also those of the same millisecond. */
function unusedName(name: string, number = 0): string {
  const numbered = `${name}-${String(number).padStart(3, "0")}`;
  return existsSync(numbered) ? unusedName(name, number + 1) : numbered;
}
