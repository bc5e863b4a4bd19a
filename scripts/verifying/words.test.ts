import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../checks/stage/run-folder.ts";
import { readSource } from "../../checks/stage/source-file.ts";

const styleGuide = "CONTRIBUTING.md";
const table = /\| do not write \| write \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)/;
// Everything that a learner, an instructor or a maintainer reads, code and comments included.
const read = [
  "*.{md,ts}",
  "slides/*.md",
  "{exercises,solutions}/**/*.{md,ts}",
  "checks/{0,report,shared,stage}*/**/*.ts",
  "scripts/**/*.{ts,cjs}",
];

/** The words that the style guide rejects, with the words to use instead. */
function unwanted(): { pattern: RegExp; instead: string }[] {
  const rows = readSource(join(root, styleGuide)).match(table)?.[1]?.trim().split("\n") ?? [];
  return rows.map((row) => {
    const [words = "", instead = ""] = row.split("|").slice(1, 3);
    // There may be a line break between two words, also in a comment.
    const spaced = words.trim().replaceAll(" ", String.raw`\s+(?:(?://|\*|>)\s+)?`);
    return { pattern: new RegExp(`(?<![\\w-])${spaced}(?![\\w-])`, "gi"), instead };
  });
}

function findUnwanted(text: string): string[] {
  return unwanted().flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(({ index, 0: words }) => {
      const line = text.slice(0, index).split("\n").length;
      return `${line}: "${words.replace(/\s+/g, " ")}", write:${instead}`;
    }),
  );
}

test("a word that the style guide does not want is found, across lines too", () => {
  expect(unwanted().length).toBeGreaterThan(30);
  expect(findUnwanted("It was made\n// anew, and is\n * to be seen.")).toEqual([
    expect.stringMatching(/^2: "anew", write: again/),
    expect.stringMatching(/^2: "is \* to be", write: must be/),
  ]);
  expect(findUnwanted("amended, heedless, for-good")).toEqual([]);
});

test("nothing that people read has a word that the style guide does not want", () => {
  const files = globSync(read, { cwd: root }).filter((file) => !file.endsWith("words.test.ts"));
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) => {
    const text = readSource(join(root, file));
    const prose =
      file === styleGuide ? text.replace(table, (rows) => rows.replace(/[^\n]/g, "")) : text;
    return findUnwanted(prose).map((words) => `${file}:${words}`);
  });
  expect(found.join("\n")).toBe("");
});
