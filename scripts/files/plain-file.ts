import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";

/**
 * Makes sure that a path is a file in this repo, or does not exist yet.
 *
 * @param path relative to the root
 * @throws {CouldNotRun} if the path is a folder, or if it or a folder above it is a link that leads out of
 * the repo or to nothing
 */
export function expectPlainFile(path: string): void {
  const names = path.split("/");
  for (const [place] of names.entries()) {
    const part = names.slice(0, place + 1).join("/");
    const stats = lstatSync(join(root, part), { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) continue;
    if (existsSync(join(root, part)) && !isOutside(join(root, part))) continue;
    throw new CouldNotRun(
      `${part} is a link to a place outside this repo, where its imports find no packages.`,
      `Replace the link with the ${place === names.length - 1 ? "file" : "folder"} itself.`,
    );
  }
  if (statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new CouldNotRun(
      `${path} is a folder, but must be a file.`,
      "Give the folder another name, and type the command again.",
    );
  }
}

/** Whether an existing path leads out of the repo. */
export function isOutside(path: string): boolean {
  const inside = relative(realpathSync(root), realpathSync(path));
  return inside.startsWith("..") || isAbsolute(inside);
}
