import { CouldNotRun } from "../../checks/stage/could-not-run.ts";

/** What happens to a box of a diagram, by the mark at its end. */
const kinds = {
  "✓": { name: "done", means: "done" },
  "✗": { name: "failed", means: "fails, or is killed" },
  "↺": { name: "replayed", means: "from the journal" },
  "=": { name: "kept", means: "kept by Restate" },
  "…": { name: "waiting", means: "waits" },
  "⊘": { name: "undone", means: "cancelled, or undone" },
} as const;

type Mark = keyof typeof kinds;

interface Box {
  /** Columns, from 1. */
  from: number;
  to: number;
  text: string;
  mark: Mark;
}

interface Lane {
  label: string;
  boxes: Box[];
}

// In units of the drawing.
const width = 1480;
const labelWidth = 230;
const gap = 12;
const lineHeight = 36;
const letterWidth = 17.2;
const mostLines = 3;

/**
 * Draws what happens over time as inline SVG: a lane for each line, boxes that appear column by column
 * as one goes on.
 *
 * @param text lines such as `Process 1: 1 model call 1 ✓; 2-3 weather API ✗`
 * @param place names the diagram in the error
 * @throws {CouldNotRun} where a line is not of that form, or a text does not fit its box
 */
export function drawTimeline(text: string, place: string): string {
  const lanes = text
    .trim()
    .split("\n")
    .map((line) => readLane(line, place));
  const columns = Math.max(...lanes.flatMap(({ boxes }) => boxes.map(({ to }) => to)));
  const columnWidth = (width - labelWidth) / columns;
  const wrapped = (box: Box) => wrap(box, (box.to - box.from + 1) * columnWidth - gap, place);
  let top = 0;
  const drawn = lanes.map((lane) => {
    const height = 34 + lineHeight * Math.max(...lane.boxes.map((box) => wrapped(box).length));
    const boxes = lane.boxes.map((box) => {
      const x = labelWidth + (box.from - 1) * columnWidth;
      const boxWidth = (box.to - box.from + 1) * columnWidth - gap;
      return drawBox(box, wrapped(box), { x, y: top, width: boxWidth, height });
    });
    const label = drawLines(lane.label.split("\\n"), 0, top + height / 2, "start");
    top += height + 22;
    return `<g class="lane">${label}${boxes.join("")}</g>`;
  });
  const used = (Object.keys(kinds) as Mark[]).filter((mark) =>
    lanes.some(({ boxes }) => boxes.some((box) => box.mark === mark)),
  );
  const legend = used.map((mark) => `${mark} ${kinds[mark].means}`).join("     ");
  const height = top + 40;
  return [
    `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-label="${quote(lanes.map(({ label }) => label).join(", "))}">`,
    ...drawn,
    `<text class="legend" x="${labelWidth}" y="${height - 10}">${quote(legend)}</text>`,
    "</svg>",
  ].join("");
}

function readLane(line: string, place: string): Lane {
  const [, label = "", rest = ""] = line.match(/^([^:]+): *(.*)$/) ?? [];
  const boxes = rest.split(/; */).map((cell): Box => {
    const [, from, to, text, mark] = cell.match(/^(\d+)(?:-(\d+))? (.+) (\S)$/) ?? [];
    if (from === undefined || text === undefined || !(mark !== undefined && mark in kinds)) {
      throw new CouldNotRun(
        `${place} has a box that cannot be read: ${cell}`,
        "As in: 2-3 weather API ✗",
      );
    }
    return { from: Number(from), to: Number(to ?? from), text, mark: mark as Mark };
  });
  return { label, boxes };
}

function wrap({ text, mark }: Box, boxWidth: number, place: string): string[] {
  const most = Math.floor((boxWidth - 8) / letterWidth);
  const lines: string[] = [];
  for (const word of `${mark} ${text}`.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= most)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  if (lines.length > mostLines || lines.some((line) => line.length > most)) {
    throw new CouldNotRun(`${place}: "${text}" does not fit its box.`, "Say it in fewer letters.");
  }
  return lines;
}

function drawBox(
  { from, mark }: Box,
  lines: readonly string[],
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): string {
  // The first column is there from the beginning.
  const appears = from === 1 ? "" : ` fragment" data-fragment-index="${from - 1}`;
  const box = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>`;
  const words = drawLines(lines, x + width / 2, y + height / 2, "middle");
  return `<g class="box ${kinds[mark].name}${appears}">${box}${words}</g>`;
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
