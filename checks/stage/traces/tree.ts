import type { Span } from "./receiver.ts";

/**
 * A span with those below it, a line each: its name, how long it took, and what went wrong.
 *
 * @param spans those of its trace, in any order
 */
export function renderTree(top: Span, spans: readonly Span[]): string[] {
  const below = spans
    .filter(({ parent }) => parent === top.id)
    .toSorted((a, b) => a.begunAt - b.begunAt);
  const branches = below.flatMap((span, place) => {
    const isLast = place === below.length - 1;
    const [first = "", ...others] = renderTree(span, spans);
    return [
      `${isLast ? "└─" : "├─"} ${first}`,
      ...others.map((line) => `${isLast ? "  " : "│ "} ${line}`),
    ];
  });
  return [describe(top), ...branches];
}

function describe({ name, begunAt, endedAt, failure }: Span): string {
  const took = `${Math.max(0, Math.round(endedAt - begunAt))} ms`;
  return failure === undefined ? `${name}, ${took}` : `${name}, ${took} ✗ ${failure}`;
}
