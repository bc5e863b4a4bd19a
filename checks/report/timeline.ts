import type { Invoked, StageEvent } from "../stage/events.ts";
import { pictureOf } from "./picture.ts";

// A long timeline, such as one of endless retries, shows only its beginning and its end.
const head = 14;
const tail = 6;

/** What happened in a run, in order, one line each: milliseconds since the first event, and the event. */
export function renderTimeline(
  events: readonly StageEvent[],
  invoked: readonly Invoked[],
): string[] {
  const moments = pictureOf(events, invoked).toSorted((a, b) => a.from - b.from);
  const zero = moments[0]?.from ?? 0;
  const lines = moments.map(
    ({ from, words }) => `${String(Math.round(from - zero)).padStart(6)}  ${words}`,
  );
  const left = lines.length - head - tail;
  if (left <= 1) return lines;
  return [...lines.slice(0, head), `        … ${left} more`, ...lines.slice(-tail)];
}
