// learner/: finds the learner's exercises, changes their files, and keeps their progress.

// This folder: the learner's files, their originals, and how to change files without losing anything.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../checks/stage/run-folder.ts";
import { sourceText } from "../../checks/stage/source-file.ts";
import { stubs } from "../../manifest.ts";
import { expectPlainFile } from "../files/plain-file.ts";

/** The original files of a folder of exercises, relative to the root: `exercises/world/http.ts`. */
export function filesAsTheyCame(folder: string): string[] {
  return readdirSync(join(root, stubs, folder)).map((name) => join("exercises", folder, name));
}

/** The original content of a file of the exercises. The path is relative to the root. */
export function asItCame(path: string): Buffer {
  return readFileSync(join(root, stubs, path.replace(/^exercises\//, "")));
}

/** Whether a file of the exercises is unchanged, whatever its line ends. */
export function isAsItCame(path: string): boolean {
  expectPlainFile(path);
  const file = join(root, path);
  return existsSync(file) && sourceText(readFileSync(file)) === sourceText(asItCame(path));
}
