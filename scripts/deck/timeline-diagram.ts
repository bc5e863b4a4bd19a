import { type Became, lanesOf, type Moment, type Picture } from "../../checks/report/picture.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";

/** The mark for what became of a moment, and its words in the legend. */
const marks: Record<Became, { mark: string; means: string }> = {
  done: { mark: "✓", means: "done" },
  failed: { mark: "✗", means: "fails, or is killed" },
  replayed: { mark: "↺", means: "from the journal" },
  kept: { mark: "=", means: "kept by Restate" },
  waiting: { mark: "…", means: "waits" },
  undone: { mark: "⊘", means: "cancelled, or undone" },
};

// In units of the drawing.
const width = 1480;
const labelWidth = 230;
const gap = 12;
const lineHeight = 36;
const letterWidth = 17.2;
const mostLines = 3;

/**
 * Draws what happens over time as inline SVG, from the text of a slide.
 *
 * @param text lines such as `Process 1: 1 model call 1 ✓; 2-3 weather API ✗`
 * @param place names the diagram in the error
 * @throws {CouldNotRun} if a line does not have that form, or a text does not fit its box
 */
export function drawTimeline(text: string, place: string): string {
  return drawPicture(readPicture(text, place), place);
}

/**
 * Draws a picture of a run, in columns, as inline SVG. Each `who` has a lane. The boxes appear column by
 * column as the speaker continues.
 *
 * @param place names the picture in the error
 * @throws {CouldNotRun} if a text does not fit its box
 */
export function drawPicture(picture: Picture, place: string): string {
  const lanes = lanesOf(picture);
  const columns = Math.max(...picture.map(({ to }) => to));
  const columnWidth = (width - labelWidth) / columns;
  const wrapped = (moment: Moment) =>
    wrap(moment, (moment.to - moment.from + 1) * columnWidth - gap, place);
  let top = 0;
  const drawn = lanes.map(({ who, moments }) => {
    const name = who.split("\\n").flatMap((line) => fold(line, labelWidth, place));
    const lines = Math.max(name.length, ...moments.map((moment) => wrapped(moment).length));
    const height = 34 + lineHeight * lines;
    const boxes = moments.map((moment) => {
      const x = labelWidth + (moment.from - 1) * columnWidth;
      const boxWidth = (moment.to - moment.from + 1) * columnWidth - gap;
      return drawBox(moment, wrapped(moment), { x, y: top, width: boxWidth, height });
    });
    const label = drawLines(name, 0, top + height / 2, "start");
    top += height + 22;
    return `<g class="lane">${label}${boxes.join("")}</g>`;
  });
  const used = Object.entries(marks).filter(([became]) =>
    picture.some((moment) => moment.became === became),
  );
  const legend = used.map(([, { mark, means }]) => `${mark} ${means}`).join("     ");
  const height = top + 40;
  return [
    `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-label="${quote(lanes.map(({ who }) => who).join(", "))}">`,
    ...drawn,
    `<text class="legend" x="${labelWidth}" y="${height - 10}">${quote(legend)}</text>`,
    "</svg>",
  ].join("");
}

function readPicture(text: string, place: string): Picture {
  return text
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [, who = "", rest = ""] = line.match(/^([^:]+): *(.*)$/) ?? [];
      return rest.split(/; */).map((cell) => readMoment(who, cell, place));
    });
}

function readMoment(who: string, cell: string, place: string): Moment {
  const [, from, to, what, mark] = cell.match(/^(\d+)(?:-(\d+))? (.+) (\S)$/) ?? [];
  const [became] = Object.entries(marks).find(([, each]) => each.mark === mark) ?? [];
  if (from === undefined || what === undefined || became === undefined) {
    throw new CouldNotRun(
      `${place} has a box that cannot be read: ${cell}`,
      "For example: 2-3 weather API ✗",
    );
  }
  return { who, what, became: became as Became, from: Number(from), to: Number(to ?? from) };
}

function wrap({ what, became }: Moment, boxWidth: number, place: string): string[] {
  return fold(`${marks[became].mark} ${what}`, boxWidth, place);
}

/** A text in lines of this width, with a margin. */
function fold(text: string, width: number, place: string): string[] {
  const most = Math.floor((width - 8) / letterWidth);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= most)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  if (lines.length > mostLines || lines.some((line) => line.length > most)) {
    throw new CouldNotRun(`${place}: "${text}" does not fit its place.`, "Use fewer letters.");
  }
  return lines;
}

function drawBox(
  { from, became }: Moment,
  lines: readonly string[],
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): string {
  // The first column is visible from the beginning.
  const appears = from === 1 ? "" : ` fragment" data-fragment-index="${from - 1}`;
  const box = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>`;
  const words = drawLines(lines, x + width / 2, y + height / 2, "middle");
  return `<g class="box ${became}${appears}">${box}${words}</g>`;
}

function drawLines(lines: readonly string[], x: number, middle: number, anchor: string): string {
  const first = middle - ((lines.length - 1) * lineHeight) / 2 + 9;
  return lines
    .map(
      (line, n) =>
        `<text x="${x}" y="${first + n * lineHeight}" text-anchor="${anchor}">${quote(line)}</text>`,
    )
    .join("");
}

function quote(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
