import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workshopFolder } from "../../checks/stage/run-folder.ts";
import { replaceFile } from "../files/replace-file.ts";
import { nameOf } from "./progress-file.ts";
import type { Todo } from "./todos.ts";

/** How many stages of each TODO's hint were given: `{"03 agent 1": 2}`. */
type Given = Record<string, number>;

const file = join(workshopFolder, "hints.json");

/** How many stages of a TODO's hint were given so far. */
export function countGiven(todo: Todo): number {
  return read()[keyOf(todo)] ?? 0;
}

/** Records how many stages of a TODO's hint were given. */
export function noteGiven(todo: Todo, stages: number): void {
  const given: Given = { ...read(), [keyOf(todo)]: stages };
  replaceFile(file, JSON.stringify(given, null, 2));
}

function keyOf({ place, number }: Todo): string {
  return `${nameOf(place)} ${number}`;
}

function read(): Given {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}
