import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root, workshopFolder } from "../../checks/stage/run-folder.ts";
import { expectPlainFile } from "../files/plain-file.ts";
import { replaceFile } from "../files/replace-file.ts";

/** Files as they were before a command changed them. */
export interface Copy {
  /** The command as it was typed. */
  command: string;
  /** An ISO date. */
  at: string;
  /** The files, relative to the root of the repo, and whether they existed. */
  files: readonly { path: string; existed: boolean }[];
}

const copies = join(workshopFolder, "copies");
const undone = join(workshopFolder, "undone");
const listOf = (folder: string) => join(folder, "copy.json");

/**
 * Replaces the content of files, and keeps the old content for `npm run undo`.
 *
 * @param command as it was typed
 * @param changes the files, relative to the root of the repo, with their new content
 * @param onChanged is called with each file after its change
 * @throws {CouldNotRun} if a file cannot be written; each file then has its whole old or its whole new
 * content
 */
export function changeFiles(
  command: string,
  changes: readonly { path: string; content: Buffer }[],
  onChanged: (path: string) => void,
): void {
  for (const { path } of changes) expectPlainFile(path);
  keepIn(
    copies,
    command,
    changes.map(({ path }) => path),
  );
  for (const { path, content } of changes) {
    put(path, () => replaceFile(join(root, path), content));
    onChanged(path);
  }
}

/**
 * Restores the files of the latest copy, byte for byte. Keeps their content until now in another folder.
 *
 * @returns that copy and that folder, or undefined if no copy is left
 * @throws {CouldNotRun} if a file cannot be written; the copy is then still there
 */
export function bringBack(): { copy: Copy; kept: string } | undefined {
  // A copy without its list was never finished, and its command has changed nothing.
  const names = existsSync(copies) ? readdirSync(copies).sort().reverse() : [];
  const [latest] = names.flatMap((name) => {
    const copy = readCopy(join(copies, name));
    return copy ? [{ folder: join(copies, name), copy }] : [];
  });
  if (latest === undefined) return undefined;
  const { folder, copy } = latest;
  for (const { path } of copy.files) expectPlainFile(path);
  const paths = copy.files.map(({ path }) => path);
  const kept = keepIn(undone, "npm run undo", paths);
  for (const { path, existed } of copy.files) {
    put(path, () => {
      if (existed) replaceFile(join(root, path), readFileSync(join(folder, path)));
      else rmSync(join(root, path), { force: true });
    });
  }
  rmSync(folder, { recursive: true });
  return { copy, kept };
}

function readCopy(folder: string): Copy | undefined {
  try {
    return JSON.parse(readFileSync(listOf(folder), "utf8")) as Copy;
  } catch {
    return undefined;
  }
}

function put(path: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw new CouldNotRun(
      `${path} could not be changed: ${(error as Error).message}.`,
      "This file is unchanged. To undo the files that were changed: npm run undo",
    );
  }
}

function keepIn(place: string, command: string, paths: readonly string[]): string {
  const at = new Date().toISOString();
  mkdirSync(place, { recursive: true });
  const folder = unusedName(join(place, at.replaceAll(":", "-")));
  const files = paths.map((path) => ({ path, existed: existsSync(join(root, path)) }));
  for (const { path, existed } of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    if (existed) writeFileSync(join(folder, path), readFileSync(join(root, path)));
  }
  // Written last, so that a copy with a list is complete.
  const list = { command, at, files } satisfies Copy;
  replaceFile(listOf(folder), JSON.stringify(list, null, 2));
  return folder;
}

/** The names sort by time, also within one millisecond. */
function unusedName(name: string, number = 0): string {
  const numbered = `${name}-${String(number).padStart(3, "0")}`;
  return existsSync(numbered) ? unusedName(name, number + 1) : numbered;
}
