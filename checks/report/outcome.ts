import type { Outcome } from "../stage/invocation.ts";
import { besideACall } from "../stage/model/conversation.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import { tellOutcome as tellPlainly } from "../stage/told-outcome.ts";
import { withoutIds } from "../stage/without-ids.ts";
import { causes } from "./causes.ts";
import { causeOfMisuse, tellMismatch } from "./restate-words.ts";

/** How an invocation ended, as the end of a sentence that begins with "your agent". */
export function tellOutcome(outcome: Outcome): string {
  return outcome.kind === "stuck" && isMismatch(outcome.why)
    ? `never answered: ${tellMismatch(outcome.why)}`
    : tellPlainly(outcome);
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
