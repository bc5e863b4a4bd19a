import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { stubs } from "../../manifest.ts";
import { root } from "./run-folder.ts";

/** A file of the exercises that came with the workshop, and is gone. */
export interface LostFile {
  /** Relative to the root of the repo. */
  path: string;
  /** How to get it back, as a command. */
  command: string;
}

/**
 * Tells a file that was lost from one that never was: who deletes a given file is told how to get it
 * back, and who mistypes an import is not.
 *
 * @param path absolute
 */
export function lostFile(path: string): LostFile | undefined {
  const inside = relative(join(root, "exercises"), path);
  const came = !inside.startsWith("..") && existsSync(join(root, stubs, inside));
  if (!came || existsSync(path)) return undefined;
  const chapter = inside.match(/^\d\d/)?.[0] ?? "all";
  return { path: join("exercises", inside), command: `npm run reset ${chapter}` };
}
