import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { workshopFolder } from "./run-folder.ts";

/** Where Node keeps compiled code. With it, an agent's packages load in two thirds of the time. */
export const compileCache = join(workshopFolder, "compile-cache");

// All checks of all chapters leave about 1100 files. Each save by a learner adds one.
const mostFiles = 3000;

/** Removes the compiled code if there is far more than is in use. Node never removes any. */
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
    // Another process has just written there. The next run retries.
  }
}
