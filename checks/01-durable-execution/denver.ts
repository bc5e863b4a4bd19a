import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CheckFailed } from "../report/check-failed.ts";

/**
 * A folder with the exercise in which fetchWeather fails for Denver, or is mended, as in the tour:
 * the learner's own where it is so, else a copy.
 *
 * @throws {CheckFailed} where utils.ts has no function fetchWeather any more
 */
export function withDenver(how: "failing" | "fixed", folder: string, scratch: string): string {
  const own = readFileSync(join(folder, "utils.ts"), "utf8");
  const wanted = how === "failing" ? failing(own) : fixed(own);
  if (wanted === own) return folder;
  const copy = join(scratch, `denver-${how}`);
  cpSync(folder, copy, { recursive: true });
  writeFileSync(join(copy, "utils.ts"), wanted);
  return copy;
}

const theLine = /^[ \t]*failOnDenver\(city\).*\n/m;
const headOfFetchWeather = /function fetchWeather\(city: string\)[^{]*\{\r?\n/;

function fixed(utils: string): string {
  return utils.replace(theLine, "");
}

function failing(utils: string): string {
  if (theLine.test(utils)) return utils;
  if (!headOfFetchWeather.test(utils)) {
    throw new CheckFailed({
      did: "utils.ts has no `function fetchWeather(city: string)` any more.",
      asks: "This check puts one line into it, as the lesson has it, and needs the rest as it was.",
      cause: "The function was renamed or rewritten; only failOnDenver(city) is to be removed.",
      next: "Bring it back: npm run reset 01",
    });
  }
  const outage = 'throw new Error("[SIMULATED] The weather API is down for Denver")';
  return utils.replace(headOfFetchWeather, `$&  if (city === "Denver") ${outage};\n`);
}
