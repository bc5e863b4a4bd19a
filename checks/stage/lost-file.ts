import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { stubs } from "../../manifest.ts";
import { root } from "./run-folder.ts";

/** A file of the exercises that came with the workshop and is missing. */
export interface LostFile {
  /** Relative to the root of the repo. */
  path: string;
  /** The command that brings it back. */
  command: string;
}

/**
 * Says whether a missing file came with the workshop; undefined if not, or if it is there. A learner who
 * deleted it gets the command that brings it back. One who mistyped an import does not.
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
