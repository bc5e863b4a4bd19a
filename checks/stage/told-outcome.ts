import type { Outcome } from "./invocation.ts";

// Characters. What differs is near the start, and a line has room for little more.
const longest = 160;

/** Says how a run ended, in a few words: `it failed with 500: no such city`. */
export function tellOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return `it answered ${shorten(JSON.stringify(outcome.answer) ?? "nothing")}`;
    case "failed":
      return `it failed with ${outcome.code}: ${shorten(outcome.message)}`;
    case "stuck":
      return `it never ended: ${shorten(outcome.why)}`;
  }
}

/** The first line, and of that no more than a line has room for. */
function shorten(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
