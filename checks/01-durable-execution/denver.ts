import { realpathSync } from "node:fs";
import { join } from "node:path";
import { CheckFailed } from "../report/check-failed.ts";
import type { Edits } from "../stage/agents/edited-files.ts";
import { readSource } from "../stage/source-file.ts";

/**
 * Makes the exercise's fetchWeather fail for Denver, or fixes it, as the tour does. Returns no edits if
 * the learner's file already behaves so.
 *
 * @throws {CheckFailed} if the failure must be added, but utils.ts no longer has fetchWeather
 */
export function withDenver(how: "failing" | "fixed", folder: string): Edits {
  const file = realpathSync(join(folder, "utils.ts"));
  const own = readSource(file);
  const wanted = how === "failing" ? failing(own) : fixed(own);
  return wanted === own ? {} : { [file]: wanted };
}

const theLine = /^[ \t]*failOnDenver\(city\).*\n/m;
const headOfFetchWeather = /function fetchWeather\(city: string\)[^{]*\{\n/;

function fixed(utils: string): string {
  return utils.replace(theLine, "");
}

function failing(utils: string): string {
  if (theLine.test(utils)) return utils;
  if (!headOfFetchWeather.test(utils)) {
    throw new CheckFailed({
      did: "utils.ts no longer has `function fetchWeather(city: string)`.",
      asks: "This check adds one line to that function, and needs the rest as it is in the lesson.",
      cause: "The function was renamed or rewritten. Remove only failOnDenver(city).",
      next: "Bring it back: npm run reset 01",
    });
  }
  const outage = 'throw new Error("[SIMULATED] The weather API is down for Denver")';
  return utils.replace(headOfFetchWeather, `$&  if (city === "Denver") ${outage};\n`);
}
