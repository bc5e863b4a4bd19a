// learner/: the learner's exercises: which are meant, how far they are, what is done to their files.

// What is in this folder: a learner's files, how they came, and how they are changed without a loss.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../checks/stage/run-folder.ts";
import { sourceText } from "../../checks/stage/source-file.ts";
import { stubs } from "../../manifest.ts";
import { expectPlainFile } from "../files/plain-file.ts";

/** The files of a folder of exercises as it came, relative to the root: `exercises/world/http.ts`. */
export function filesAsTheyCame(folder: string): string[] {
  return readdirSync(join(root, stubs, folder)).map((name) => join("exercises", folder, name));
}

/** A file of the exercises as it came, by its path relative to the root. */
export function asItCame(path: string): Buffer {
  return readFileSync(join(root, stubs, path.replace(/^exercises\//, "")));
}

/** Whether a file of the exercises is as it came, whatever its line ends. */
export function isAsItCame(path: string): boolean {
  expectPlainFile(path);
  const file = join(root, path);
  return existsSync(file) && sourceText(readFileSync(file)) === sourceText(asItCame(path));
}
