import { tellMismatch } from "../../checks/report/restate-words.ts";
import { isMismatch } from "../../checks/stage/restate/mismatch.ts";

// About three lines of a terminal.
const longest = 240;

/** An error's message in one line: the beginning of a long one, and what does not fit of a mismatch. */
export function inOneLine(message: string): string {
  const whole = isMismatch(message)
    ? `Found a mismatch between the code paths: ${tellMismatch(message).replace(/^- /, "")}`
    : message.replace(/\s+/g, " ").trim();
  return whole.length <= longest ? whole : `${whole.slice(0, longest).trimEnd()} …`;
}
