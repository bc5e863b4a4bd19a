import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { workshopFolder } from "./run-folder.ts";

/** Where Node keeps compiled code; an agent's packages then load in two thirds of the time. */
export const compileCache = join(workshopFolder, "compile-cache");

// All checks of all chapters leave some 1100 files; each save of a learner's adds one.
const mostFiles = 3000;

/** Removes the compiled code where there is far more than what is in use: Node never removes any. */
export function limitCompileCache(): void {
  let files: string[];
  try {
    files = readdirSync(compileCache, { recursive: true, encoding: "utf8" });
  } catch {
    return;
  }
  if (files.length <= mostFiles) return;
  try {
    rmSync(compileCache, { recursive: true, force: true });
  } catch {
    // Another process has just written there; the next run tries again.
  }
}
