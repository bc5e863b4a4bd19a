import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { root } from "../checks/stage/run-folder.ts";
import { findTargets } from "./check-targets.ts";
import { readCommand, runCommand } from "./command.ts";
import { keepCopy } from "./copies.ts";

const command = "npm run reset";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise"], switches: [], values: [] };
  const { words } = readCommand(command, usage, process);
  const targets = findTargets(command, words, { tree: "solutions" });
  const [, exercise] = words;
  const paths =
    exercise === undefined
      ? [...new Set(targets.map(({ chapter }) => chapter.slug))].flatMap(codeOf)
      : targets.map(({ chapter, exercise: { id } }) => join("exercises", chapter.slug, `${id}.ts`));

  const commit = findOrigin();
  const changed = paths
    .map((path) => ({ path, asItCame: readAt(commit, path) }))
    .filter(({ path, asItCame }) => !isSame(path, asItCame));
  if (changed.length === 0) {
    console.log("Everything is as it came.");
    return;
  }
  keepCopy(
    [command, ...words].join(" "),
    changed.map(({ path }) => path),
  );
  for (const { path, asItCame } of changed) {
    writeFileSync(join(root, path), asItCame);
    console.log(`${path} is as it came.`);
  }
  console.log("Yours is kept: npm run undo");
});

/** All code of a chapter: a learner may have lost a file. */
function codeOf(slug: string): string[] {
  const files = readdirSync(join(root, "solutions", slug)).filter((name) => name.endsWith(".ts"));
  return files.map((name) => join("exercises", slug, name));
}

function isSame(path: string, content: Buffer): boolean {
  return existsSync(join(root, path)) && readFileSync(join(root, path)).equals(content);
}

/** The commit with the exercises as they came: what learners commit themselves comes after it. */
function findOrigin(): string {
  try {
    return git("merge-base", "HEAD", "@{upstream}").toString().trim();
  } catch {
    return "HEAD";
  }
}

/** @throws {CouldNotRun} where git does not have the file */
function readAt(commit: string, path: string): Buffer {
  try {
    return git("show", `${commit}:./${path}`);
  } catch {
    throw new CouldNotRun(
      `git does not know ${path} as it came.`,
      "Clone the workshop anew, and copy that file from there.",
    );
  }
}

function git(...args: string[]): Buffer {
  return execFileSync("git", args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
}
