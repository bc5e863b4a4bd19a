import { expect, test } from "vitest";
import { chapters } from "../../manifest.ts";
import { readDecks } from "./deck.ts";
import { chapterGuide } from "./guide-text.ts";

test.each(chapters.map((chapter) => [chapter.number, chapter] as const))(
  "chapter %s of the guide has each question in the notes, with its answer",
  async (_, chapter) => {
    const deck = readDecks().find((each) => each.chapter === chapter);
    if (deck === undefined) throw new Error(`There is no deck for ${chapter.slug}.`);
    const text = (await chapterGuide(chapter, deck)).replaceAll("\n", " ");
    const notes = deck.slides.map(({ notes }) => notes.replaceAll("\n", " ")).join(" ");
    const asked = [...notes.matchAll(/Question: (.*?\?) Answer: (\S+ \S+)/g)];
    expect(asked.length).toBe(notes.split("Question: ").length - 1);
    for (const [, question, answer] of asked) expect(text).toContain(`- ${question} ${answer}`);
  },
);
