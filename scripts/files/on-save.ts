import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

// In milliseconds. An editor writes a file in several steps, and some rename it away in between.
const settling = 20;
const missing = 500;
// In milliseconds. Disks shared with another system, such as WSL's `/mnt/c`, report no changes.
const glance = 1000;

/**
 * Calls back when code in one of the folders, or below it, has been saved: in place, by another file that
 * takes its name, or with the whole folder, as when you change the branch.
 *
 * @returns a function that stops watching
 */
export function onSave(folders: readonly string[], saved: () => void): () => void {
  const watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  let known = codeIn(folders);
  let settled: NodeJS.Timeout | undefined;
  let missingSince: number | undefined;

  function look(): void {
    watchFolders();
    const now = codeIn(folders);
    if (isSame(known, now)) {
      missingSince = undefined;
      return;
    }
    const isGone = [...known.keys()].some((path) => !now.has(path));
    missingSince = isGone ? (missingSince ?? performance.now()) : undefined;
    if (missingSince !== undefined && performance.now() - missingSince < missing) {
      soon();
      return;
    }
    missingSince = undefined;
    known = now;
    saved();
  }

  function soon(): void {
    clearTimeout(settled);
    settled = setTimeout(look, settling);
  }

  /** Watches each folder. If another folder has taken its place, watches that one instead. */
  function watchFolders(): void {
    const wanted = new Map(
      folders.flatMap((folder) => [dirname(folder), ...foldersIn(folder)]).flatMap(withInode),
    );
    for (const [folder, { watcher, inode }] of watchers) {
      if (wanted.get(folder) === inode) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const [folder, inode] of wanted) {
      if (watchers.has(folder)) continue;
      try {
        // Not `recursive`: on Linux that follows each file itself, and not its name.
        const watcher = watch(folder, soon).on("error", soon);
        watchers.set(folder, { watcher, inode });
      } catch {
        // The folder has just gone, or the system can watch no more. The next glance looks again.
      }
    }
  }

  watchFolders();
  const glances = setInterval(look, glance);
  return () => {
    clearInterval(glances);
    clearTimeout(settled);
    for (const { watcher } of watchers.values()) watcher.close();
  };
}

function foldersIn(folder: string): string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
      .flatMap(({ name }) => foldersIn(join(folder, name)));
    return [folder, ...below];
  } catch {
    return [];
  }
}

/** A state for each code file, by path. It changes with each save. */
function codeIn(folders: readonly string[]): Map<string, string> {
  const files = folders
    .flatMap(foldersIn)
    .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  return new Map(
    files.flatMap((path): [string, string][] => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.isFile() ? [[path, `${stats.mtimeMs} ${stats.size} ${stats.ino}`]] : [];
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(
      (name) => /\.(ts|js|mjs|json)$/.test(name) && !isHidden(name),
    );
  } catch {
    return [];
  }
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

function isSame(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([path, state]) => other.get(path) === state);
}

function withInode(folder: string): [string, number][] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats ? [[folder, stats.ino]] : [];
}
