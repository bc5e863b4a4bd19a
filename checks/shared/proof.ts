import type { Mode } from "../stage/restate/admin.ts";

/** A change to one file of a solution: each text is found exactly once, and replaced. */
export interface Change {
  file: string;
  replace: readonly (readonly [found: string, by: string])[];
}

/** A wrong answer that people really give, with the check that must reject it. */
export interface Mistake {
  id: string;
  /** Why one would write that, in a sentence that a learner recognises. */
  belief: string;
  changes: readonly Change[];
  /** The first failure that the learner is shown. */
  caughtBy: { check: string; mode: Mode };
  /** Checks behind that one which it fails too, where no mistake is caught by them first. */
  alsoFails?: readonly string[];
  /** The likely cause that the learner is told. */
  cause: RegExp;
}

/** A right answer written differently, which every check must accept. */
export interface Variant {
  id: string;
  /** What is different. */
  how: string;
  changes: readonly Change[];
}

/** What proves the checks of an exercise. */
export interface Proof {
  /** The checks, by id, that the untouched stub fails in at least one mode; it passes the others. */
  stubFails: readonly string[];
  mistakes: readonly Mistake[];
  variants: readonly Variant[];
}

/**
 * Applies a change to a file's text.
 *
 * @throws where a text is not found exactly once, so that a change never applies by half, or where
 * nothing is changed
 */
export function applyChange(text: string, change: Change): string {
  return change.replace.reduce((changed, [found, by]) => {
    const times = changed.split(found).length - 1;
    if (times !== 1) {
      throw new Error(`${change.file} has ${times} times, and not once: ${JSON.stringify(found)}`);
    }
    if (found === by) throw new Error(`${change.file} stays as it is: ${JSON.stringify(found)}`);
    return changed.replace(found, () => by);
  }, text);
}
