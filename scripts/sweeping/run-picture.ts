import {
  type Became,
  inColumns,
  lanesOf,
  pictureOf,
  type SeenMoment,
} from "../../checks/report/picture.ts";
import type { Invoked, StageEvent } from "../../checks/stage/events.ts";
import { quote } from "./quote.ts";

const marks: Record<Became, string> = {
  done: "✓",
  failed: "✗",
  kept: "=",
  replayed: "↺",
  waiting: "…",
  undone: "⊘",
};
// A run that retries without end has thousands. The beginning shows what happens.
const mostColumns = 60;

/** What the marks in a picture mean. */
export const legend =
  "✓ done, ✗ failed or killed, = kept in the journal, ↺ replayed from the journal, … no answer yet, ⊘ cancelled";

/**
 * Draws a run as HTML: a lane for each process, the journal, and each address that is called, in columns
 * from left to right. A kill is a line across. A list with a sentence for each event follows it, for those
 * who do not see the picture.
 */
export function drawRun(events: readonly StageEvent[], invoked: readonly Invoked[]): string {
  const picture = pictureOf(events, invoked);
  const columns = inColumns(picture).filter(({ from }) => from <= mostColumns);
  const kills = new Set(columns.flatMap((each) => (isKill(each) ? each.from : [])));
  const width = Math.max(0, ...columns.map(({ from }) => from));
  const rows = lanesOf(columns).map(({ who, moments }) => {
    const cells = Array.from({ length: width }, (_, place) => {
      const here = moments.filter(({ from }) => from === place + 1);
      const line = kills.has(place + 1) ? ' class="killed"' : "";
      return `<td${line}>${here.map(drawMoment).join("")}</td>`;
    });
    return `<tr><th scope="row">${quote(who)}</th>${cells.join("")}</tr>`;
  });
  return [
    `<div class="picture" aria-hidden="true"><table>${rows.join("")}</table></div>`,
    `<details><summary>What happened, in ${picture.length} sentences</summary><ol>`,
    ...picture.toSorted((a, b) => a.from - b.from).map(({ words }) => `<li>${quote(words)}</li>`),
    "</ol></details>",
  ].join("\n");
}

function drawMoment({ became, words }: SeenMoment): string {
  return `<span class="${became}" title="${quote(words)}">${marks[became]}</span>`;
}

function isKill({ words }: SeenMoment): boolean {
  return /\bkilled$/.test(words);
}
