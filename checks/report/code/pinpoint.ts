import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Explanation } from "../check-failed.ts";
import { sights } from "./sights.ts";
import { parse } from "./syntax.ts";

/**
 * Replaces a cause that could be many things by the place in the code that shows it, if there is one.
 *
 * @param file the exercise's; if it cannot be read or parsed, the explanation stays as it is
 */
export function pinpoint(explanation: Explanation, file: string): Explanation {
  const { cause } = explanation;
  const fitting = sights.filter(({ of }) =>
    of instanceof RegExp ? of.test(cause) : of.includes(cause),
  );
  if (fitting.length === 0) return explanation;
  let text: string;
  let program: ReturnType<typeof parse>;
  try {
    text = readFileSync(file, "utf8");
    program = parse(text);
  } catch {
    return explanation;
  }
  for (const { look, say } of fitting) {
    const found = look(program);
    if (found === undefined) continue;
    const lines = text.slice(0, found.start).split("\n");
    const place = `${basename(file)}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
    return {
      ...explanation,
      cause: say(place, inALine(text.slice(found.start, found.end)), cause),
    };
  }
  return explanation;
}

function inALine(code: string): string {
  const line = code.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
