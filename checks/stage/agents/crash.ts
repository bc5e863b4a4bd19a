import { existsSync } from "node:fs";
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { lostFile } from "../lost-file.ts";
import { root } from "../run-folder.ts";

/** The advice for an import without `.ts`, whether the compiler or Node reports it. */
export const endsInTs = "Imports of your own files need the extension .ts";

/** The advice for a file of the workshop that is missing. */
export const cameWithWorkshop = "It came with the workshop and is missing";

/**
 * Says in one line how a process ended: the error with its file and line in the learner's code, the
 * signal, or the exit code.
 *
 * @param printed its output; for an error that nobody catches, Node prints the stack
 */
export function describeCrash(code: number | null, signal: string | null, printed: string): string {
  const log = stripVTControlCharacters(printed);
  if (signal !== null) return `it was ended by ${signal}.`;
  const error = log.match(/^\s*(?:Uncaught )?((?:[A-Z]\w*)?Error\b.*)$/m)?.[1];
  if (error === undefined) return `it exited with code ${code}.`;
  const words = error.replace(/ \[ERR_\w+\]/, "").replaceAll(`${root}/`, "");
  const missing = error.match(/Cannot find module '([^']+)'/)?.[1];
  const advice = missing && adviceOn(missing);
  if (advice) return `${words}. ${advice}`;
  const place = placeIn(log);
  return place === undefined ? words : `${place}: ${words}`;
}

/** What to do about an import that finds no file; undefined if that is unknown. */
function adviceOn(path: string): string | undefined {
  const withEnding = path.replace(/(\.js)?$/, ".ts");
  if (existsSync(withEnding)) return `${endsInTs}: write "${basename(withEnding)}".`;
  const lost = lostFile(path);
  return lost && `${cameWithWorkshop}. Bring it back with: ${lost.command}`;
}

/** The first place in a stack or a syntax error that is not in a package or in `checks/stage`. */
function placeIn(log: string): string | undefined {
  for (const [, url = "", line] of log.matchAll(/(file:\/\/\/[^\s:]+):(\d+)/g)) {
    const path = relative(root, fileURLToPath(url));
    if (!path.includes("node_modules") && !path.startsWith("checks/stage/"))
      return `${path}:${line}`;
  }
  return undefined;
}
