import type { Outcome } from "./invocation.ts";

// Characters. What differs is near the start, and a line has room for little more.
const longest = 160;

/** How a run ended, as the end of a sentence about it: `failed with 500: no such city`. */
export function tellOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return `answered ${shorten(JSON.stringify(outcome.answer) ?? "nothing")}`;
    case "failed":
      return `failed with ${outcome.code}: ${shorten(wordsOf(outcome.message))}`;
    case "stuck":
      return `never answered: ${shorten(wordsOf(outcome.why))}`;
  }
}

/** A failure's message without the stack: a path in the stack may contain any word or number. */
export function wordsOf(failure: string): string {
  const lines = failure.split("\n");
  return lines.filter((line) => !/^\s*at /.test(line)).join("\n");
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
