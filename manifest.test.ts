import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Help } from "./checks/hints.ts";
import { root } from "./checks/stage/run-folder.ts";
import { chapters } from "./manifest.ts";

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

test("every chapter's folder is in the manifest", () => {
  for (const tree of ["exercises", "solutions"]) {
    const folders = readdirSync(join(root, tree)).filter((name) => /^\d\d-/.test(name));
    expect(folders).toEqual(chapters.map(({ slug }) => slug));
  }
});

describe.each(chapters)("chapter $number", ({ number, slug, title, exercises, curl }) => {
  test("is on the README's map, under its number and title", () => {
    const row = `| [${number} ${title}](exercises/${slug}/README.md) `;
    expect(read("README.md").includes(row), `README.md has a row ${row}`).toBe(true);
  });

  test("has its commands in the lesson", () => {
    const lesson = read("exercises", slug, "README.md");
    for (const command of curl) expect(lesson).toContain(command);
  });

  test.each(exercises)("has stub, solution, checks, proof and scenario of $id", ({ id }) => {
    for (const path of [
      join("exercises", slug, `${id}.ts`),
      join("solutions", slug, `${id}.ts`),
      join("checks", slug, `${id}.test.ts`),
      join("checks", slug, `${id}.proof.ts`),
      join("checks", slug, `${id}.scenario.ts`),
    ]) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });

  test.each(exercises)("has three tiers of hints for each TODO of $id", async ({ id }) => {
    const help: Help = await import(join(root, "checks", slug, `${id}.hints.ts`));
    const { hints } = help;
    expect(help.why.length).toBeGreaterThan(100);
    expect(hints).toHaveLength(todosOf(slug, id).length);
    for (const hint of hints) expect(hint.filter((tier) => tier.length > 20)).toHaveLength(3);
  });

  test("says in its TODOs what is to be reached, without code", () => {
    for (const { id } of exercises) {
      const todos = todosOf(slug, id);
      expect(todos.length).toBeGreaterThan(0);
      expect(todos.length).toBeLessThanOrEqual(5);
      for (const todo of todos) expect(todo).not.toMatch(/[`({=]|ctx|durable|awakeable|restate/i);
    }
  });

  test("differs from its solution only where a TODO is", () => {
    const stub = join("exercises", slug);
    for (const file of readdirSync(join(root, stub)).filter((name) => name.endsWith(".ts"))) {
      const different = differencesWithoutTodo(join(stub, file), join("solutions", slug, file));
      expect(different, "differs, with no TODO above that stands in both files").toEqual([]);
    }
  });
});

function todosOf(slug: string, id: string): string[] {
  return read("exercises", slug, `${id}.ts`).match(/^ *\/\/ TODO.*(\n *\/\/.*)*/gm) ?? [];
}

// A whole one, or what stands between the first and the last line of a long one.
const ofAnImport = /^(import |\} from | {2}(type )?\w+,$)/;

/** The stub's lines that differ from the solution and do not follow a TODO, import lines aside. */
function differencesWithoutTodo(stub: string, solution: string): string[] {
  const lines = read(stub).split("\n");
  return hunks(stub, solution)
    .filter(({ texts }) => texts.some((text) => !ofAnImport.test(text)))
    .filter(({ line }) => !followsTodo(lines, line))
    .map(({ line }) => `${stub}:${line}`);
}

function hunks(stub: string, solution: string) {
  const diff = gitDiff(stub, solution);
  return diff
    .split(/^@@ /m)
    .slice(1)
    .map((hunk) => {
      const [, line = "", count = "1"] = hunk.match(/^-(\d+)(?:,(\d+))?/) ?? [];
      // A hunk that only adds stands after its line, others begin on it.
      const first = Number(line) + (count === "0" ? 1 : 0);
      const texts = hunk
        .split("\n")
        .slice(1)
        .flatMap((text) => text.match(/^[-+](.*)$/)?.[1] ?? []);
      return { line: first, texts };
    });
}

function gitDiff(stub: string, solution: string): string {
  try {
    const args = ["diff", "--no-index", "--no-color", "-U0", stub, solution];
    return execFileSync("git", args, { cwd: root, encoding: "utf8" });
  } catch (error) {
    // git ends with 1 where the files differ.
    return (error as { stdout: string }).stdout;
  }
}

function followsTodo(lines: readonly string[], line: number): boolean {
  let above = line - 2;
  while (/^\s*\/\//.test(lines[above] ?? "")) {
    if (lines[above]?.includes("TODO")) return true;
    above -= 1;
  }
  return false;
}
