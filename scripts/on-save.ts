import { watch } from "node:fs";

/**
 * Calls back when a file in one of the folders, or below it, has been saved.
 *
 * @returns how to stop watching
 */
export function onSave(folders: readonly string[], saved: () => void): () => void {
  let settled: NodeJS.Timeout | undefined;
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, () => {
      // An editor writes a file in several goes.
      clearTimeout(settled);
      settled = setTimeout(saved, 20);
    }),
  );
  return () => {
    clearTimeout(settled);
    for (const watcher of watchers) watcher.close();
  };
}
