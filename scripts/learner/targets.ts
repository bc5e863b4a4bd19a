import { existsSync, realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Asked } from "../../checks/stage/asked.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";
import { expectPlainFile, isOutside } from "../files/plain-file.ts";
import { chaptersAskedFor } from "../terminal/command.ts";

/** An exercise to check. */
export interface Target {
  chapter: Chapter;
  exercise: Exercise;
  /** The path of its file, relative to the root of the repo. */
  file: string;
}

/**
 * The exercises that a command's words ask for: a chapter or `all`, then perhaps one exercise.
 *
 * @param command as you type it: `npm run check`
 * @throws {CouldNotRun} if there is no such chapter, exercise or file
 */
export function findTargets(
  command: string,
  words: readonly string[],
  where: Asked["where"],
): Target[] {
  const [chapterWord, exerciseWord] = words;
  if (chapterWord === undefined) {
    const known = chapters.map(({ number }) => number).join(", ");
    throw new CouldNotRun("Which chapter?", `Type: ${command} 01 (or ${known}, or all)`);
  }
  const asked = chaptersAskedFor(chapterWord);
  if (asked.length > 1 && "subjects" in where) {
    throw new CouldNotRun("--dir names one chapter's folder.", "Name that chapter, and not all.");
  }
  return asked.flatMap((chapter) => {
    const subjects =
      "tree" in where ? [{ folder: join(where.tree, chapter.slug) }] : where.subjects;
    const exercises = exercisesAskedFor(chapter, exerciseWord);
    return subjects.flatMap(({ folder }) =>
      exercises.map((exercise) => ({
        chapter,
        exercise,
        file: existingFile(join(folder, `${exercise.id}.ts`), chapter),
      })),
    );
  });
}

function exercisesAskedFor(chapter: Chapter, word: string | undefined): readonly Exercise[] {
  if (word === undefined) return chapter.exercises;
  const exercise = chapter.exercises.find(({ id }) => id === word.replace(/\.ts$/, ""));
  if (exercise) return [exercise];
  const known = chapter.exercises.map(({ id }) => id).join(", ");
  throw new CouldNotRun(
    `Chapter ${chapter.number} has no exercise "${word}".`,
    `It has: ${known}. Without a name, the command covers all of them.`,
  );
}

/**
 * Makes sure that a chapter's file exists; returns its path, relative to the root of the repo.
 *
 * @throws {CouldNotRun} if it does not exist, or is a link to a place outside the repo
 */
export function existingFile(path: string, { number, slug }: Chapter): string {
  expectPlainFile(path);
  if (!existsSync(join(root, path))) {
    throw new CouldNotRun(
      `There is no ${path}.`,
      path.startsWith(join("exercises", slug))
        ? `Bring it back with: npm run reset ${number}`
        : `The folder must have the same files as solutions/${slug}.`,
    );
  }
  return path;
}

/**
 * The words of a command. If they name no chapter, adds the chapter whose exercises are in the folder
 * where the command was typed.
 */
export function withChapterHere(words: readonly string[]): readonly string[] {
  const typedIn = process.env.INIT_CWD ?? process.cwd();
  const [slug] = relative(join(realpathSync(root), "exercises"), realpathSync(typedIn)).split(sep);
  const here = chapters.find((chapter) => chapter.slug === slug);
  const [first] = words;
  const namesOne = first !== undefined && (first === "all" || /^\d/.test(first));
  return here === undefined || namesOne ? words : [here.number, ...words];
}

/**
 * Where the code is that a command of maintainers runs: the solutions, the learner's own with `--mine`, or
 * the folder that `--dir` names.
 *
 * @throws {CouldNotRun} if both are given, or there is no such folder
 */
export function codeAskedFor(mine: boolean, dir: string | undefined): Asked["where"] {
  if (dir === undefined) return { tree: mine ? "exercises" : "solutions" };
  if (!mine) return { subjects: [{ folder: folderInRepo(dir) }] };
  throw new CouldNotRun("--dir and --mine name different folders.", "Give one of them.");
}

/**
 * The folder that `--dir` names, relative to the root of the repo.
 *
 * @throws {CouldNotRun} if it has no app.ts, or is not in the repo
 */
export function folderInRepo(path: string): string {
  const folder = resolve(process.env.INIT_CWD ?? process.cwd(), path);
  if (!existsSync(join(folder, "app.ts"))) {
    throw new CouldNotRun(
      `${path} is not a folder with an app.ts.`,
      "Name a folder in this repo with the same files as the chapter's.",
    );
  }
  if (isOutside(folder)) {
    throw new CouldNotRun(
      `${path} is outside this repo, where its imports find no packages.`,
      "Copy it into the repo and name that folder.",
    );
  }
  return relative(realpathSync(root), realpathSync(folder));
}
