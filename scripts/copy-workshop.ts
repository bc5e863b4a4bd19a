import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeRunFolder, root } from "../checks/stage/run-folder.ts";

const parts = [
  "checks",
  "exercises",
  "manifest.ts",
  "package.json",
  "scripts",
  "solutions",
  "tsconfig.json",
  "vitest.config.ts",
];

/**
 * Copies the workshop, with the same packages, for a test that breaks a file in it or looks for what
 * a command leaves behind; returns the folder, which goes with this process.
 */
export function copyWorkshop(): string {
  const copy = join(makeRunFolder(), "workshop");
  mkdirSync(copy);
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}
