import { styleText } from "node:util";
import type { Explanation } from "./check-failed.ts";
import type { CheckResult } from "./result.ts";

const marks = {
  pass: styleText("green", "✓"),
  fail: styleText("red", "✗"),
  skip: styleText("yellow", "-"),
};

/** One line with a check and its result. */
export function renderLine(result: CheckResult): string {
  return renderCheck(result, result.mode === "always-replay" ? " (always-replay)" : "");
}

/** A line that says that a check has failed while checks before it in the list are still running. */
export function renderEarly({ id }: CheckResult): string {
  return `${marks.fail} ${id} fails. The first failed check is explained at the end.`;
}

function renderCheck({ verdict, id, title }: CheckResult, when: string): string {
  return `${marks[verdict]} ${id}  ${title}${when}`;
}

/**
 * The report of a failed check: the four lines of its explanation, then what happened, with times.
 *
 * @param verbose adds the journal and what the agent printed
 */
export function renderFailure(result: CheckResult, verbose: boolean): string {
  const { timeline = [], journal = [], log = [] } = result.evidence ?? {};
  const parts = [
    ["Timeline", ", in milliseconds", timeline.map(shorten)],
    ...(verbose
      ? ([
          ["Journal", ", entry by entry", journal.map(shorten)],
          ["The agent's log", "", log.map((line) => `  ${line}`)],
        ] as const)
      : []),
  ] as const;
  return [
    styleText("bold", renderLine(result)),
    "",
    ...explain(result),
    ...parts.flatMap(([head, more, lines]) =>
      lines.length === 0 ? [] : ["", `  ${styleText("bold", head)}${more}`, ...lines],
    ),
  ].join("\n");
}

/** The failures of an exercise: the first one in full, the others in one line each. */
export function renderFailures(failed: readonly CheckResult[], verbose: boolean): string {
  const [first, ...others] = failed;
  if (first === undefined) return "";
  const lines = others.map((other) => {
    const alike = others.filter(({ id }) => id === other.id);
    return alike.length === 1 ? renderLine(other) : renderCheck(other, ", in both modes");
  });
  return [
    renderFailure(first, verbose),
    ...(lines.length === 0 ? [] : ["", "Also failed, perhaps for the same reason:"]),
    ...[...new Set(lines)].map((line) => `  ${line}`),
  ].join("\n");
}

function shorten(line: string): string {
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

function explain({ explanation, message }: CheckResult): string[] {
  if (explanation === undefined) return message.split("\n").map((line) => `  ${line}`);
  const heads: [keyof Explanation, string][] = [
    ["did", "What happened"],
    ["asks", "What durability asks"],
    ["cause", "Likely cause"],
    ["next", "Next"],
  ];
  return heads.flatMap(([part, head]) => {
    const indent = " ".repeat(23);
    const [first = "", ...rest] = wrap(explanation[part], 80 - indent.length);
    return [
      `  ${styleText("bold", head.padEnd(21))}${first}`,
      ...rest.map((line) => indent + line),
    ];
  });
}

/** Breaks text into lines of at most `width` characters, between words. */
export function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
