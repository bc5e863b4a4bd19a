import { styleText } from "node:util";
import type { Explanation } from "./check-failed.ts";
import type { CheckResult } from "./result.ts";

const marks = {
  pass: styleText("green", "✓"),
  fail: styleText("red", "✗"),
  skip: styleText("yellow", "-"),
};

/** A check and how it came out, in one line. */
export function renderLine({ verdict, id, title, mode }: CheckResult): string {
  const when = mode === "always-replay" ? " (always-replay)" : "";
  return `${marks[verdict]} ${id}  ${title}${when}`;
}

/** Why a check failed: the four lines that a learner is told, and what happened, with times. */
export function renderFailure(result: CheckResult): string {
  const lines = [styleText("bold", renderLine(result)), "", ...explain(result)];
  const { timeline = [] } = result;
  if (timeline.length > 0) lines.push("", `  ${styleText("bold", "Timeline")}, in milliseconds`);
  return [...lines, ...timeline.map(shorten)].join("\n");
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
