import { existsSync } from "node:fs";
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { lostFile } from "../lost-file.ts";
import { root } from "../run-folder.ts";

/** What both the compiler's error and Node's are told with. */
export const endsInTs = "Imports of your own files end in .ts here";

/** What a file that is gone is told with. */
export const cameWithWorkshop = "It came with the workshop and is missing";

/**
 * Says in one line how a process ended: the error that ended it with the file and line in the
 * learner's code, or its exit code.
 *
 * @param printed what it printed; Node prints an error that nobody catches with its stack
 */
export function describeCrash(code: number | null, signal: string | null, printed: string): string {
  const log = stripVTControlCharacters(printed);
  if (signal !== null) return `it was ended by ${signal}.`;
  const error = log.match(/^\s*(?:Uncaught )?((?:[A-Z]\w*)?Error\b.*)$/m)?.[1];
  if (error === undefined) return `it ended itself with exit code ${code}.`;
  const words = error.replace(/ \[ERR_\w+\]/, "").replaceAll(`${root}/`, "");
  const missing = error.match(/Cannot find module '([^']+)'/)?.[1];
  const advice = missing && adviceOn(missing);
  if (advice) return `${words}. ${advice}`;
  const place = placeIn(log);
  return place === undefined ? words : `${place}: ${words}`;
}

/** What to do about a file that an import does not find, where that is known. */
function adviceOn(path: string): string | undefined {
  const withEnding = path.replace(/(\.js)?$/, ".ts");
  if (existsSync(withEnding)) return `${endsInTs}: write "${basename(withEnding)}".`;
  const lost = lostFile(path);
  return lost && `${cameWithWorkshop}. Bring it back with: ${lost.command}`;
}

/** The first place in a stack, or at the head of a syntax error, that is not in a package. */
function placeIn(log: string): string | undefined {
  for (const [, url = "", line] of log.matchAll(/(file:\/\/\/[^\s:]+):(\d+)/g)) {
    const path = relative(root, fileURLToPath(url));
    if (!path.includes("node_modules") && !path.startsWith("checks/stage/"))
      return `${path}:${line}`;
  }
  return undefined;
}
