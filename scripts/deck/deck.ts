// This folder reads, draws, builds and times the slides and the pages beside them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { readSource } from "../../checks/stage/source-file.ts";
import { type Chapter, chapters, type Exercise } from "../../manifest.ts";

/** A slide as it is in its deck, before its directives are replaced. */
export interface Slide {
  title: string;
  /** How long it is shown; for an exercise, how long learners work on it, from the manifest. */
  minutes: number;
  /** The exercise that learners do during this slide, if it has one. */
  exercise: Exercise | undefined;
  markdown: string;
  /** What the speaker says and does. */
  notes: string;
}

/** The slides of a chapter, or the opening or the closing. */
export interface Deck {
  /** The name that people see: `01`, `opening`. */
  name: string;
  title: string;
  /** Relative to the root of the repo. */
  file: string;
  chapter: Chapter | undefined;
  slides: readonly Slide[];
}

/**
 * Reads all decks, in the order in which they are shown.
 *
 * @throws {CouldNotRun} if a deck is missing, or a slide has no heading, no minutes or no notes
 */
export function readDecks(): Deck[] {
  return [
    readDeck("opening", "Opening", undefined),
    ...chapters.map((chapter) => readDeck(chapter.slug, chapter.title, chapter)),
    readDeck("closing", "Closing", undefined),
  ];
}

function readDeck(fileName: string, title: string, chapter: Chapter | undefined): Deck {
  const file = join("slides", `${fileName}.md`);
  const path = join(root, file);
  if (!existsSync(path)) {
    throw new CouldNotRun(`There is no ${file}.`, "Each chapter has a deck: write it.");
  }
  const slides = readSource(path)
    .split(/^---$/m)
    .map((text, place) => readSlide(text.trim(), chapter, `${file}, slide ${place}`));
  return { name: chapter?.number ?? fileName, title, file, chapter, slides };
}

function readSlide(text: string, chapter: Chapter | undefined, place: string): Slide {
  const [markdown = "", notes = ""] = text.split(/^Note:\s*/m);
  const title = markdown.match(/^#+ (.*)$/m)?.[1];
  if (title === undefined) throw new CouldNotRun(`${place} has no heading.`, "Start it with one.");
  if (notes.trim() === "") {
    throw new CouldNotRun(
      `${place} has no speaker notes.`,
      "End it with a line `Note:` and the notes.",
    );
  }
  const exerciseId = markdown.match(/^<!-- exercise: (\S+) -->$/m)?.[1];
  const exercise = chapter?.exercises.find(({ id }) => id === exerciseId);
  if (exerciseId !== undefined && exercise === undefined) {
    throw new CouldNotRun(
      `${place} names an exercise that its chapter does not have: ${exerciseId}.`,
      "See manifest.ts.",
    );
  }
  const minutes = exercise?.minutes ?? Number(markdown.match(/^<!-- minutes: ([\d.]+) -->$/m)?.[1]);
  if (!(minutes > 0)) {
    throw new CouldNotRun(`${place} has no minutes.`, "Give it a line `<!-- minutes: 2 -->`.");
  }
  return { title, minutes, exercise, markdown: markdown.trim(), notes: notes.trim() };
}
