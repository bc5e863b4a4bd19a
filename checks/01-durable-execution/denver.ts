import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CheckFailed } from "../report/check-failed.ts";

/**
 * Copies an exercise's folder, with fetchWeather failing for Denver or mended, as the tour has it,
 * whether or not the learner has removed the line already.
 *
 * @returns the copy's folder
 * @throws {CheckFailed} where utils.ts has no function fetchWeather any more
 */
export function copyWithDenver(folder: string, scratch: string, how: "failing" | "fixed"): string {
  const copy = join(scratch, `denver-${how}`);
  cpSync(folder, copy, { recursive: true });
  const path = join(copy, "utils.ts");
  writeFileSync(path, rewrite(readFileSync(path, "utf8"), how));
  return copy;
}

function rewrite(utils: string, how: "failing" | "fixed"): string {
  const fixed = utils.replace(/^\s*(?:\/\/\s*)?failOnDenver\(city\);?[ \t]*\n/m, "");
  const head = /function fetchWeather\(city: string\)[^{]*\{\n/;
  if (!head.test(fixed)) {
    throw new CheckFailed({
      did: "utils.ts has no `function fetchWeather(city: string)` any more.",
      asks: "This check removes one line from it, as the lesson does, and needs the rest as it was.",
      cause: "The function was renamed or rewritten; only failOnDenver(city) is to be removed.",
      next: "Bring it back: git checkout -- exercises/01-durable-execution/utils.ts",
    });
  }
  if (how === "fixed") return fixed;
  return fixed.replace(
    head,
    `$&  if (city === "Denver") throw new Error("[SIMULATED] The weather API is down for Denver");\n`,
  );
}
