import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { readSource } from "../../checks/stage/source-file.ts";
import { type Chapter, chapters, stubs } from "../../manifest.ts";
import { copyFiles } from "../files/copy-files.ts";
import { codeRegion } from "./code-region.ts";
import { type Deck, readDecks, type Slide } from "./deck.ts";
import { chapterGuide } from "./guide-text.ts";
import { writePage } from "./page.ts";
import { drawTimeline } from "./timeline-diagram.ts";

const source = join(root, "slides");
const reveal = join(root, "node_modules", "reveal.js", "dist");

/**
 * Builds the slides, and the lessons as pages beside them, as a folder that needs nothing outside it.
 *
 * @param folder is emptied first
 * @throws {CouldNotRun} if a deck cannot be built, for example because a region of code or a picture is
 * missing
 */
export async function buildDeckSite(folder: string): Promise<void> {
  // First, so that an error in a deck does not delete what was built before.
  const decks = readDecks();
  const stacks = decks.map(renderDeck);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ["reveal.js", "reveal.mjs", "reveal.css", "reset.css", "plugin"]) {
    copyFiles(join(reveal, part), join(folder, "reveal", part));
  }
  for (const name of readdirSync(source).filter((each) => /\.(css|js)$/.test(each))) {
    copyFiles(join(source, name), join(folder, name));
  }
  if (existsSync(join(source, "screenshots"))) {
    copyFiles(join(source, "screenshots"), join(folder, "screenshots"));
  }
  const page = readFileSync(join(source, "index.html"), "utf8");
  writeFileSync(
    join(folder, "index.html"),
    page.replace("<!-- slides -->", () => stacks.join("\n")),
  );
  writeLessons(folder);
  await writeGuide(folder, decks);
}

function writeLessons(folder: string): void {
  for (const { slug, number, title } of chapters) {
    const markdown = readSource(join(root, stubs, slug, "README.md"));
    writePage(folder, { name: slug, title: `${number} ${title}`, markdown });
  }
}

/** Writes the instructor's guide: the text written by hand, then a part for each chapter. */
async function writeGuide(folder: string, decks: readonly Deck[]): Promise<void> {
  const parts = decks.map((deck) => (deck.chapter ? chapterGuide(deck.chapter, deck) : ""));
  const written = readSource(join(source, "README.md"));
  const markdown = [written, ...(await Promise.all(parts))].join("\n\n");
  writePage(folder, { name: "guide", title: "Leading the workshop", markdown });
}

function renderDeck(deck: Deck): string {
  const slides = deck.slides.map((slide, place) =>
    renderSlide(slide, deck, `${deck.file}, slide ${place}`),
  );
  return `<section data-deck="${deck.name}">\n${slides.join("\n")}\n</section>`;
}

function renderSlide(
  { minutes, markdown, notes }: Slide,
  { chapter }: Deck,
  place: string,
): string {
  const body = markdown
    .replace(/^<!-- minutes: .* -->\n?/m, "")
    .replace(/^<!-- exercise: (\S+) -->$/m, (_, id) => exerciseText(chapter, id, minutes))
    .replace(/^<!-- lesson -->$/m, () => lessonLink(chapter))
    .replace(/^<!-- curl: (\d+) -->$/gm, (_, nth) => curlText(chapter, Number(nth), place))
    .replace(/^<!-- code: (\S+)#(\S+)(?: (\S+))? -->$/gm, (_, file, name, steps) =>
      codeText(file, name, steps, place),
    )
    .replace(/^```timeline\n([\s\S]*?)^```$/gm, (_, text) => drawTimeline(text, place));
  expectAllRead(body, place);
  for (const [, picture = ""] of body.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) {
    if (!existsSync(join(source, picture))) {
      throw new CouldNotRun(
        `${place} shows ${picture}, which does not exist.`,
        "npm run screenshots",
      );
    }
  }
  return [
    `<section data-markdown data-timing="${Math.round(minutes * 60)}">`,
    `<textarea data-template>\n${quote(`${body}\n\nNote:\n${notes}`)}\n</textarea>`,
    "</section>",
  ].join("\n");
}

/**
 * Makes sure that no line of a slide was meant for this file and not understood: it would show nothing.
 *
 * @param place names the slide in the error
 * @throws {CouldNotRun} if there is one
 */
export function expectAllRead(body: string, place: string): void {
  const [unread] = body.match(/^<!-- .*-->$/m) ?? [];
  if (unread === undefined) return;
  throw new CouldNotRun(
    `${place} has a line that is not understood: ${unread}`,
    "Write for example <!-- code: FILE#NAME --> or <!-- code: FILE#NAME 2|4-6 -->. A name has no spaces.",
  );
}

function exerciseText(chapter: Chapter | undefined, id: string, minutes: number): string {
  if (chapter === undefined) return "";
  return [
    `Open \`exercises/${chapter.slug}/${id}.ts\`, and the lesson beside it.`,
    "```bash",
    `npm run check ${chapter.number} ${id}`,
    `npm run hint ${chapter.number} ${id}`,
    "```",
    `**${minutes} minutes** · ${lessonLink(chapter)}`,
  ].join("\n");
}

function lessonLink(chapter: Chapter | undefined): string {
  return chapter === undefined ? "" : `[Lesson ${chapter.number}](lessons/${chapter.slug}/)`;
}

function curlText(chapter: Chapter | undefined, nth: number, place: string): string {
  const line = chapter?.curl[nth - 1];
  if (line === undefined) {
    throw new CouldNotRun(
      `${place} shows command ${nth}, which its chapter does not have.`,
      "See manifest.ts.",
    );
  }
  return `\`\`\`bash\n${line}\n\`\`\``;
}

function codeText(file: string, name: string, steps: string | undefined, place: string): string {
  // A slide shows the original stub, whatever a learner has changed in the exercise.
  const kept = file.replace(/^exercises\//, `${stubs}/`);
  if (!/^(solutions|exercises)\//.test(file) || !existsSync(join(root, kept))) {
    throw new CouldNotRun(
      `${place} shows ${file}, which does not exist.`,
      "Name a file below solutions/ or exercises/.",
    );
  }
  const lines = codeRegion(readSource(join(root, kept)), name, file);
  const last = Math.max(0, ...(steps?.match(/\d+/g) ?? []).map(Number));
  if (last > lines.length) {
    throw new CouldNotRun(
      `${place} points at line ${last} of ${name}, which has ${lines.length}.`,
      "Point at lines that it has.",
    );
  }
  return [
    `<div style="--code-size: ${codeSize(lines)}px">`,
    `\n\`\`\`ts${steps === undefined ? "" : ` [${steps}]`}`,
    ...lines,
    "```\n\n</div>",
    `<small>${file}</small>`,
  ].join("\n");
}

/** In pixels, on a slide of 1600 by 900: as large as the longest line and the number of lines allow. */
function codeSize(lines: readonly string[]): number {
  const longest = Math.max(...lines.map((line) => line.length)) + 5;
  return Math.floor(Math.min(28, 1420 / (0.61 * longest), 640 / (1.35 * lines.length)));
}

function quote(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("</textarea", "&lt;/textarea");
}
