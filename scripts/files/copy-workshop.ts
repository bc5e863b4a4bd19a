import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { stubs } from "../../manifest.ts";
import { copyFiles } from "./copy-files.ts";

const parts = [
  "checks",
  "manifest.ts",
  "package.json",
  "scripts",
  "slides",
  "solutions",
  "tsconfig.json",
  "vitest.config.ts",
];

/**
 * Copies the workshop in its original state, with the same packages, for a test that changes a file in it
 * or looks for what a command leaves behind. Returns the folder, which is removed when this process ends.
 *
 * @param name the folder's name
 */
export function copyWorkshop(name = "workshop"): string {
  const copy = join(makeRunFolder(), name);
  mkdirSync(copy);
  for (const part of parts) copyFiles(join(root, part), join(copy, part));
  copyFiles(join(root, stubs), join(copy, "exercises"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}
