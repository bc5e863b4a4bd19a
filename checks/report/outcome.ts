import type { Outcome } from "../stage/invocation.ts";
import { withoutIds } from "../stage/without-ids.ts";

/** How an invocation came out, as the end of a sentence that begins with "your agent". */
export function tellOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return `answered ${shorten(JSON.stringify(outcome.answer) ?? "nothing")}`;
    case "failed":
      return `failed with ${outcome.code}: ${shorten(outcome.message)}`;
    case "stuck":
      return `never answered: ${shorten(outcome.why)}`;
  }
}

/** The likely cause of an outcome that is wrong in any exercise; undefined where there is no such. */
export function causeOf(outcome: Outcome): string | undefined {
  if (outcome.kind === "answered") return undefined;
  const failure = outcome.kind === "failed" ? outcome.message : outcome.why;
  if (/No tool (call|output) found|Duplicate (tool output|item) found/.test(failure)) {
    return "The model refuses the request: each tool call in it needs its one result, and each result its call.";
  }
  if (/Invalid 'input': empty array/.test(failure)) {
    return "The model refuses the request: it has no messages.";
  }
  if (outcome.kind === "failed") return undefined;
  if (
    /RT0016|mismatch between the code paths|journal mismatch|could not be replayed/i.test(
      outcome.why,
    )
  ) {
    return `On a replay your handler took another step than the journal holds: something differs \
from attempt to attempt, such as a step name with randomness or the time in it.`;
  }
  if (/RT0007|awaitNext already pending/.test(outcome.why)) {
    return "The context was used in a way that cannot be replayed, such as two awaits at once.";
  }
  if (outcome.why.includes("process is gone")) {
    return "Something in the handler ends the whole process: process.exit, or an error outside of every await.";
  }
  if (outcome.why.includes("has called nothing")) {
    return "The handler awaits a promise that is never resolved.";
  }
  if (outcome.why.includes("loops without end")) {
    return "A loop in the handler never ends and never awaits, so that nothing else runs.";
  }
  return undefined;
}

/**
 * An outcome's words without ids, to be compared with another's: in which order parallel work ends is
 * by chance.
 */
export function wordsInAnyOrder(outcome: Outcome): string {
  return withoutIds(JSON.stringify(outcome))
    .split(/[^\p{L}\d#.]+/u)
    .sort()
    .join(" ");
}

/** What a failure says, without the stack below it: a path in there may hold any word or number. */
export function wordsOf(failure: string): string {
  const lines = failure.split("\n");
  return lines.filter((line) => !/^\s*at /.test(line)).join("\n");
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
