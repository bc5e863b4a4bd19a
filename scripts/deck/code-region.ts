import { CouldNotRun } from "../../checks/stage/could-not-run.ts";

/**
 * A region of a file's code: the declaration, property or statement that begins with a name, up to its
 * end, moved to the left margin, without TODO comments. If several lines begin with the name, the first
 * declaration is used. If none of them is a declaration, the first line is used.
 *
 * @param name what a line begins with, after keywords: `model`, `getWeather`, `restate.service`
 * @param file names the code in the error
 * @throws {CouldNotRun} if no line begins with the name
 */
export function codeRegion(code: string, name: string, file: string): string[] {
  const lines = withoutTodos(code.split("\n"));
  const candidates = lines.flatMap((line, place) => (beginsWith(line, name) ? [place] : []));
  const declares = (place: number) => /\b(const|let|function) /.test(lines[place] ?? "");
  const first = candidates.find(declares) ?? candidates[0] ?? -1;
  if (first === -1) {
    throw new CouldNotRun(
      `${file} no longer has a region ${name}, which a slide shows.`,
      "In the deck, name what the slide should show now.",
    );
  }
  const indent = lines[first]?.match(/^ */)?.[0].length ?? 0;
  return lines.slice(first, endOf(lines, first) + 1).map((line) => line.slice(indent));
}

function beginsWith(line: string, name: string): boolean {
  const bare = line.replace(
    /^\s*(?:(?:export|default|async|const|let|function|return) )*(?:\{ )?/,
    "",
  );
  return bare.startsWith(name) && !/^\w/.test(bare.slice(name.length));
}

/** The line that closes the last bracket of a region, and that no line beginning with `.` continues. */
function endOf(lines: readonly string[], first: number): number {
  let depth = 0;
  for (let place = first; place < lines.length; place++) {
    const line = lines[place] ?? "";
    depth += (line.match(/[([{]/g)?.length ?? 0) - (line.match(/[)\]}]/g)?.length ?? 0);
    const goesOn = /^\s*\./.test(lines[place + 1] ?? "");
    if (depth <= 0 && /[;,})]$/.test(line) && !goesOn) return place;
  }
  return lines.length - 1;
}

/** Leaves out each TODO and the comment lines that continue it. */
function withoutTodos(lines: readonly string[]): string[] {
  let inTodo = false;
  return lines.filter((line) => {
    inTodo = /^\s*\/\/ TODO/.test(line) || (inTodo && /^\s*\/\//.test(line));
    return !inTodo;
  });
}
