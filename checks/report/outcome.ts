import type { Outcome } from "../stage/invocation.ts";
import { besideACall } from "../stage/model/conversation.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import { withoutIds } from "../stage/without-ids.ts";
import { causes } from "./causes.ts";
import { causeOfMisuse, tellMismatch } from "./restate-words.ts";

/** How an invocation ended, as the end of a sentence that begins with "your agent". */
export function tellOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return `answered ${shorten(JSON.stringify(outcome.answer) ?? "nothing")}`;
    case "failed":
      return `failed with ${outcome.code}: ${shorten(outcome.message)}`;
    case "stuck":
      return `never answered: ${isMismatch(outcome.why) ? tellMismatch(outcome.why) : shorten(wordsOf(outcome.why))}`;
  }
}

/** The likely cause of a wrong outcome, if it is one that any exercise can have; undefined if not. */
export function causeOf(outcome: Outcome): string | undefined {
  if (outcome.kind === "answered") return causeOfSlip(JSON.stringify(outcome.answer) ?? "");
  const failure = outcome.kind === "failed" ? outcome.message : outcome.why;
  if (/No tool (call|output) found|Duplicate (tool output|item) found/.test(failure)) {
    return "The model refuses the request: each tool call in it needs exactly one result, and each result needs its call.";
  }
  if (/Invalid 'input': empty array/.test(failure)) {
    return "The model refuses the request: it has no messages.";
  }
  if (outcome.kind === "failed") return outcome.code === 408 ? causes.timeout : undefined;
  const misuse = causeOfMisuse(outcome.why);
  if (misuse !== undefined) return misuse;
  if (outcome.why.includes("process is gone")) {
    return "Something in the handler ends the whole process: process.exit, or an error that nobody catches.";
  }
  if (outcome.why.includes("has called nothing")) {
    return causes.waitsInVain;
  }
  if (outcome.why.includes("loops without end")) {
    return "A loop in the handler never ends and never awaits, so nothing else runs.";
  }
  const place = placeInCode(outcome.why);
  return place && `Your code throws in every attempt, at ${place}.`;
}

/** The likely cause if the answer is empty, or only has the words beside a tool call. */
export function causeOfNoWords(outcome: Outcome): string | undefined {
  const isSilent =
    outcome.kind === "answered" && ["", besideACall].includes(outcome.answer as string);
  return isSilent ? causes.endedAtCall : undefined;
}

/**
 * The error in a tool's code that the model got as the tool's answer and repeated. The TypeError of a
 * `fetch` that reaches nobody is not one.
 */
function causeOfSlip(answer: string): string | undefined {
  const [, slip] =
    answer.match(
      /"error\\*":\\*"(?!TypeError: fetch failed)((?:Type|Reference|Range|Syntax)Error: [^"\\]*)/,
    ) ?? [];
  return (
    slip && `A tool's code throws an error, and the model got it as the tool's answer: ${slip}`
  );
}

/** An outcome's words, sorted and without ids, to compare outcomes: parallel work ends in any order. */
export function wordsInAnyOrder(outcome: Outcome): string {
  return withoutIds(JSON.stringify(outcome))
    .split(/[^\p{L}\d#.]+/u)
    .sort()
    .join(" ");
}

/** Where the exercise's own code threw an error: `agent.ts:28:15`. */
function placeInCode(failure: string): string | undefined {
  const [first] = failure.matchAll(/at .*?file:\/\/\S*?([^/\s]+\.ts:\d+:\d+)/g);
  return first && !/node_modules|\/world\/|\/checks\/stage\//.test(first[0]) ? first[1] : undefined;
}

/** A failure's message without the stack: a path in the stack may contain any word or number. */
export function wordsOf(failure: string): string {
  const lines = failure.split("\n");
  return lines.filter((line) => !/^\s*at /.test(line)).join("\n");
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
