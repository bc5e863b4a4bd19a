import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { chapters } from "../../manifest.ts";
import { expectPlainFile } from "../files/plain-file.ts";
import { chaptersAskedFor } from "../terminal/command.ts";
import { asItCame, filesAsTheyCame } from "./as-it-came.ts";
import { changeFiles } from "./copies.ts";
import { findTargets, type Target, withChapterHere } from "./targets.ts";

const command = "npm run solve";

/** Replaces the learner's files with solutions, and keeps a copy of them. */
export function solve(words: readonly string[], until: string | undefined): void {
  const targets =
    until === undefined ? findSolvable(withChapterHere(words)) : findBefore(words, until);
  const typed = [command, ...words, ...(until ? ["-- --until", until] : [])];
  const solved = targets.map(({ chapter, exercise }) => {
    const path = join(chapter.slug, `${exercise.id}.ts`);
    return { path: join("exercises", path), content: readFileSync(join(root, "solutions", path)) };
  });
  // Files that an exercise needs beside it, if they are missing.
  const given = [...new Set(targets.map(({ chapter }) => chapter.slug))]
    .flatMap(filesAsTheyCame)
    .filter((path) => !isExercise(path) && !existsSync(join(root, path)))
    .map((path) => ({ path, content: asItCame(path) }));
  const changes = [...solved.filter(isNew), ...given];
  if (changes.length === 0) {
    console.log("The solution is already there.");
    return;
  }
  changeFiles(typed.join(" "), changes, (path) => {
    console.log(`${path} is ${isExercise(path) ? "the solution now" : "in its original state"}.`);
  });
  console.log("Your code is kept. To get it back: npm run undo");
}

function isNew({ path, content }: { path: string; content: Buffer }): boolean {
  expectPlainFile(path);
  return !existsSync(join(root, path)) || !readFileSync(join(root, path)).equals(content);
}

function isExercise(path: string): boolean {
  return chapters.some(({ slug, exercises }) =>
    exercises.some(({ id }) => path === join("exercises", slug, `${id}.ts`)),
  );
}

function findSolvable(words: readonly string[]): Target[] {
  return findTargets(command, words, { tree: "solutions" });
}

/** The exercises of all chapters before the named one. */
function findBefore(words: readonly string[], until: string): Target[] {
  const [chapter, ...others] = chaptersAskedFor(until);
  if (words.length > 0 || chapter === undefined || others.length > 0) {
    throw new CouldNotRun(
      "--until takes one chapter and no other word.",
      `Type: ${command} -- --until 05`,
    );
  }
  const before = chapters.slice(0, chapters.indexOf(chapter));
  if (before.length === 0) {
    throw new CouldNotRun(
      `There is no chapter before ${chapter.number}.`,
      `To solve chapter ${chapter.number}: ${command} ${chapter.number}`,
    );
  }
  return before.flatMap(({ number }) => findSolvable([number]));
}
