import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type Chapter, chapters } from "../../manifest.ts";
import { chaptersAskedFor } from "../terminal/command.ts";
import { breakagesOf } from "./breakages.ts";
import type { Asked } from "./control.ts";

const command = "npm run break";
const calm = "calm";

/** What `npm run break` must do: ask a running workshop, or list what a chapter has to break. */
export type BreakAsked = Asked | { kind: "list"; chapter: Chapter };

/**
 * Reads the words of `npm run break`.
 *
 * @throws {CouldNotRun} if they name no chapter, or nothing that the chapter has to break
 */
export function readBreakWords([first, second]: readonly string[]): BreakAsked {
  if (first === undefined) return { kind: "state" };
  if (first === calm) return calmIn(second);
  if (second === calm) return calmIn(first);
  refuseWithoutChapter(first);
  const [chapter, ...others] = chaptersAskedFor(first);
  if (chapter === undefined || others.length > 0) {
    throw new CouldNotRun("One chapter at a time can be broken.", `Type: ${command} 01`);
  }
  if (second === undefined) return { kind: "list", chapter };
  const names = namesOf(chapter);
  if (!names.includes(second)) {
    throw new CouldNotRun(
      `Chapter ${chapter.number} has no "${second}" to be broken.`,
      `It has: ${names.join(", ")}.`,
    );
  }
  return { kind: "break", chapter: chapter.number, breakage: second };
}

function calmIn(word: string | undefined): Asked {
  if (word === undefined || word === "all") return { kind: calm };
  const [chapter] = chaptersAskedFor(word);
  return { kind: calm, chapter: chapter?.number };
}

/** @throws {CouldNotRun} if the word is a breakage's name and not a chapter */
function refuseWithoutChapter(word: string): void {
  const [one, ...others] = chapters.filter((chapter) => namesOf(chapter).includes(word));
  if (one === undefined) return;
  const also = others.length === 0 ? "" : ` (or ${others.map(({ number }) => number).join(", ")})`;
  throw new CouldNotRun(
    `"${word}" comes after a chapter's number.`,
    `Type: ${command} ${one.number} ${word}${also}`,
  );
}

function namesOf(chapter: Chapter): string[] {
  return breakagesOf(chapter).map(({ name }) => name);
}
