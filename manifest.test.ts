import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { diff } from "node:util";
import { describe, expect, test } from "vitest";
import type { Help } from "./checks/shared/hints.ts";
import type { Proof } from "./checks/shared/proof.ts";
import { root } from "./checks/stage/run-folder.ts";
import { importFile, readSource } from "./checks/stage/source-file.ts";
import { chapters, stubs } from "./manifest.ts";

const read = (...path: string[]) => readSource(join(root, ...path));

/** The paths of all files below a folder of the repo, relative to that folder. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)))
    .toSorted();
}

test(`the exercises are as ${stubs} keeps them`, () => {
  const paths = [...new Set([...filesIn("exercises"), ...filesIn(stubs)])];
  const textOf = (path: string) => (existsSync(join(root, path)) ? read(path) : undefined);
  const different = paths.filter((path) => {
    return textOf(join("exercises", path)) !== textOf(join(stubs, path));
  });
  const whatToDo = [
    `To bring the exercises back as they came: npm run reset all`,
    `To keep them as they are now: rm -r ${stubs} && cp -R exercises ${stubs}`,
  ];
  expect(different, whatToDo.join("\n")).toEqual([]);
});

test("every chapter's folder is in the manifest", () => {
  for (const tree of [stubs, "solutions"]) {
    const folders = readdirSync(join(root, tree)).filter((name) => /^\d\d-/.test(name));
    expect(folders).toEqual(chapters.map(({ slug }) => slug));
  }
});

describe.each(chapters)("chapter $number", ({ number, slug, title, exercises, curl }) => {
  test("is on the README's map, under its number and title", () => {
    const row = `| [${number} ${title}](exercises/${slug}/README.md) `;
    expect(read("README.md").includes(row), `README.md has a row ${row}`).toBe(true);
  });

  test("has its commands in the lesson, and a sweep of one's own code", () => {
    const lesson = read(stubs, slug, "README.md");
    for (const command of curl) expect(lesson).toContain(command);
    expect(lesson).toContain(`npm run sweep ${number} -- --mine`);
  });

  test.each(exercises)("has stub, solution, checks, proof and scenario of $id", ({ id }) => {
    for (const path of [
      join(stubs, slug, `${id}.ts`),
      join("solutions", slug, `${id}.ts`),
      join("checks", slug, `${id}.test.ts`),
      join("checks", slug, `${id}.proof.ts`),
      join("checks", slug, `${id}.scenario.ts`),
    ]) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });

  test.each(exercises)("has three stages of hints for each TODO of $id", async ({ id }) => {
    const help = await importFile<Help>(join(root, "checks", slug, `${id}.hints.ts`));
    const { hints } = help;
    expect(help.why.length).toBeGreaterThan(100);
    expect(hints).toHaveLength(todosOf(slug, id).length);
    for (const { question, pointer, nearlyTheCode } of hints) {
      for (const stage of [question, pointer, nearlyTheCode]) {
        expect(stage.length).toBeGreaterThan(20);
      }
    }
  });

  test.each(exercises)("has a hint for each check that the stub of $id fails", async ({ id }) => {
    const { hints } = await importFile<Help>(join(root, "checks", slug, `${id}.hints.ts`));
    const path = join(root, "checks", slug, `${id}.proof.ts`);
    const { proof } = await importFile<{ proof: Proof }>(path);
    const named = hints.flatMap(({ checks }) => checks);
    for (const check of proof.stubFails) expect(named, check).toContain(check);
    // Every check has a mistake that it catches, as verification sees to.
    const caught = proof.mistakes.flatMap((mistake) => [
      mistake.caughtBy.check,
      ...(mistake.alsoFails ?? []),
    ]);
    for (const check of named) expect(caught, check).toContain(check);
    for (const { checks } of hints) expect(checks).toEqual([...new Set(checks)]);
  });

  test("answers the lesson's prediction after a pass", async () => {
    const answers = await Promise.all(
      exercises.map(async ({ id }) => {
        const help = await importFile<Help>(join(root, "checks", slug, `${id}.hints.ts`));
        return help.prediction ?? [];
      }),
    );
    expect(read(stubs, slug, "README.md")).toContain("## Predict\n");
    expect(answers.flat().length).toBeGreaterThan(0);
  });

  test("says in its TODOs what must be reached, without code", () => {
    for (const { id } of exercises) {
      const todos = todosOf(slug, id);
      expect(todos.length).toBeGreaterThan(0);
      expect(todos.length).toBeLessThanOrEqual(5);
      for (const todo of todos) expect(todo).not.toMatch(/[`({=]|ctx|durable|awakeable|restate/i);
    }
  });

  test("differs from its solution only where a TODO is", () => {
    const stub = join(stubs, slug);
    for (const file of readdirSync(join(root, stub)).filter((name) => name.endsWith(".ts"))) {
      const different = differencesWithoutTodo(join(stub, file), join("solutions", slug, file));
      expect(different, "differs, with no TODO above that is in both files").toEqual([]);
    }
  });
});

function todosOf(slug: string, id: string): string[] {
  return read(stubs, slug, `${id}.ts`).match(/^ *\/\/ TODO.*(\n *\/\/.*)*/gm) ?? [];
}

// A whole import, or a line of an import that has several lines.
const ofAnImport = /^(import |\} from | {2}(type )?\w+,$)/;

/** The stub's lines that differ from the solution and do not follow a TODO, except imports. */
function differencesWithoutTodo(stub: string, solution: string): string[] {
  const lines = read(stub).split("\n");
  return hunks(stub, solution)
    .filter(({ texts }) => texts.some((text) => !ofAnImport.test(text)))
    .filter(({ line }) => !followsTodo(lines, line))
    .map(({ line }) => `${stub}:${line}`);
}

/**
 * Where two files differ: the line number in the first file, and the lines that differ. Two lines that change
 * places are one difference.
 */
function hunks(stub: string, solution: string) {
  const found: { line: number; texts: string[] }[] = [];
  let line = 1;
  let open: { line: number; texts: string[] } | undefined;
  let alike = 0;
  for (const [operation, text] of diff(read(stub).split("\n"), read(solution).split("\n"))) {
    if (operation === 0) {
      alike += 1;
    } else {
      if (open === undefined || alike > 1) {
        open = { line, texts: [] };
        found.push(open);
      }
      open.texts.push(text);
      alike = 0;
    }
    if (operation >= 0) line += 1;
  }
  return found;
}

function followsTodo(lines: readonly string[], line: number): boolean {
  let above = line - 2;
  while (/^\s*\/\//.test(lines[above] ?? "")) {
    if (lines[above]?.includes("TODO")) return true;
    above -= 1;
  }
  return false;
}
