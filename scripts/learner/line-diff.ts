import { diff } from "node:util";

type Line = { mark: " " | "-" | "+"; text: string };

// How many lines to show before and after a change.
const around = 3;

/**
 * The lines that turn one text into another, as `diff -u` prints them after its two header lines; empty if
 * the texts are the same.
 */
export function lineDiff(from: string, to: string): string[] {
  const lines = diff(from.split("\n"), to.split("\n")).map(([operation, text]): Line => {
    return { mark: operation === 0 ? " " : operation > 0 ? "-" : "+", text };
  });
  const shown = lines.map((_, place) =>
    lines.slice(Math.max(0, place - around), place + around + 1).some(({ mark }) => mark !== " "),
  );
  const counts = { "-": 1, "+": 1 };
  return lines.flatMap(({ mark, text }, place) => {
    const head = shown[place] && !shown[place - 1] ? [headOf(lines, shown, place, counts)] : [];
    if (mark !== "+") counts["-"] += 1;
    if (mark !== "-") counts["+"] += 1;
    return shown[place] ? [...head, mark + text] : [];
  });
}

function headOf(
  lines: readonly Line[],
  shown: readonly boolean[],
  first: number,
  counts: { "-": number; "+": number },
): string {
  const end = shown.indexOf(false, first);
  const hunk = lines.slice(first, end === -1 ? lines.length : end);
  const part = (mark: "-" | "+") => {
    const length = hunk.filter((line) => line.mark === " " || line.mark === mark).length;
    return `${mark}${counts[mark]},${length}`;
  };
  return `@@ ${part("-")} ${part("+")} @@`;
}
