import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Help, Hint } from "../../checks/shared/hints.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { importFile, readSource, sourceText } from "../../checks/stage/source-file.ts";
import { expectPlainFile } from "../files/plain-file.ts";
import { asItCame } from "./as-it-came.ts";
import type { Place } from "./progress-file.ts";

/** A TODO of an exercise, with the hint that helps with it. */
export interface Todo {
  place: Place;
  /** Its place in the file, from 1. */
  number: number;
  /** What it says, in one line. */
  words: string;
  hint: Hint;
  /** Whether the line of code below it is still the original. */
  untouched: boolean;
}

/** The TODOs of an exercise, in the order of its file. */
export async function todosOf(place: Place): Promise<Todo[]> {
  const { chapter, exercise } = place;
  const hintsFile = join(root, "checks", chapter.slug, `${exercise.id}.hints.ts`);
  const { hints } = await importFile<Help>(hintsFile);
  const file = join("exercises", chapter.slug, `${exercise.id}.ts`);
  const came = findTodos(sourceText(asItCame(file)));
  const now = findTodos(readExercise(file));
  return hints.map((hint, at) => {
    const { words = "", below } = came[at] ?? {};
    const untouched = now.some((todo) => todo.words === words && todo.below === below);
    return { place, number: at + 1, words, hint, untouched };
  });
}

/** Empty if the file is missing. */
function readExercise(file: string): string {
  expectPlainFile(file);
  const path = join(root, file);
  return existsSync(path) ? readSource(path) : "";
}

/** The TODO comments of some code, each with the line below it. */
function findTodos(code: string): { words: string; below: string }[] {
  const comments = code.matchAll(/^ *\/\/ TODO.*(?:\n *\/\/.*)*(?:\n(.*))?/gm);
  return [...comments].map(([comment, below = ""]) => {
    const lines = comment.match(/^ *\/\/.*$/gm) ?? [];
    const words = lines.map((line) => line.replace(/^ *\/\/ (TODO: )?/, "")).join(" ");
    return { words, below: below.trim() };
  });
}
