import { existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { stubs } from "../../../manifest.ts";
import { root } from "../run-folder.ts";

/** What both the compiler's error and Node's are told with. */
export const endsInTs = "Imports of your own files end in .ts here";

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
  const advice = missingEnding(error) ?? lostFile(error);
  if (advice !== undefined) return `${words}. ${advice}`;
  const place = placeIn(log);
  return place === undefined ? words : `${place}: ${words}`;
}

/** What to write where a file is there, but its import has another ending, or none. */
function missingEnding(error: string): string | undefined {
  const path = error.match(/Cannot find module '([^']+)'/)?.[1];
  const withEnding = path?.replace(/(\.js)?$/, ".ts");
  if (withEnding === undefined || !existsSync(withEnding)) return undefined;
  return `${endsInTs}: write "${basename(withEnding)}".`;
}

/** How to get a file back that came with the workshop, where an import does not find it. */
function lostFile(error: string): string | undefined {
  const missing = error.match(/Cannot find module '([^']+)'/)?.[1] ?? "";
  const path = relative(join(root, "exercises"), missing);
  if (missing === "" || path.startsWith("..") || !existsSync(join(root, stubs, path)))
    return undefined;
  const number = path.match(/^\d\d/)?.[0] ?? "all";
  return `It came with the workshop. Bring it back with: npm run reset ${number}`;
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
