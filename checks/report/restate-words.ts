import { isMismatch } from "../stage/restate/mismatch.ts";
import { causes } from "./causes.ts";

// Sentences that every Restate message of its kind contains. They say nothing about the code.
const sameInAll = [
  /Found a mismatch between the code paths taken during the previous execution and the paths taken during this execution\./g,
  /This typically happens when some parts of the code are non-deterministic\./g,
  /This usually means the code was mutated adding an 'await' without registering a new service revision\./g,
];

/** Restate's whole message about a mismatch, without the sentences that every such message has. */
export function tellMismatch(failure: string): string {
  const words = sameInAll.reduce((left, sentence) => left.replace(sentence, " "), failure);
  return words.replace(/\s+/g, " ").trim();
}

/** The cause that Restate's message points to; undefined if it is a failure of another kind. */
export function causeOfMisuse(failure: string): string | undefined {
  if (/not an instance of RestatePromise/.test(failure)) return causes.plainPromise;
  if (/RT0007|awaitNext already pending/.test(failure)) return causes.twoAwaits;
  if (!isMismatch(failure)) return undefined;
  if (/'await' could not be replayed/.test(failure)) return causes.awaitMoved;
  const names = failure.match(/name: (.*) != (.*)/);
  if (names === null) return causes.commandMoved;
  const [, was = "", is = ""] = names;
  return withoutDigits(was) === withoutDigits(is) ? causes.nameChanges : causes.otherStep;
}

/** A name without the characters that random values and times consist of. */
function withoutDigits(name: string): string {
  return name.replace(/[\da-f]{8}-[\da-f-]{27}|\b[\da-f]{6,}\b|[\d.:]+|\bGMT\b|[+-]/gi, "").trim();
}
