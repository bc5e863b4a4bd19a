import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../stage/run-folder.ts";
import { sights } from "./sights.ts";

// In a check's code, a message begins after one of these.
const quotes = "[\"'`]";

test("each sight is of a cause that some check names", () => {
  const files = globSync(["checks/{0,shared,report}*/**/*.ts"], { cwd: root });
  const text = files
    .filter((file) => !/\.proof\.ts$|report.code/.test(file))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
  const patterns = sights.flatMap(({ of }) =>
    of instanceof RegExp ? of.source.split(/\|(?![^(]*\))/) : [],
  );
  expect(patterns.length).toBeGreaterThan(20);
  const unknown = patterns.filter(
    (pattern) => !new RegExp(pattern.replace("^", quotes)).test(text),
  );
  expect(unknown).toEqual([]);
});
