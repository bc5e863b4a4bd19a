import type { Mode } from "../stage/restate/admin.ts";

/** A change to one file of a solution. Each text must occur exactly once, and is replaced. */
export interface Change {
  file: string;
  replace: readonly (readonly [found: string, by: string])[];
}

/** A wrong answer that people really give, with the check that must reject it. */
export interface Mistake {
  id: string;
  /** Why somebody would write that, in a sentence that a learner recognises. */
  belief: string;
  changes: readonly Change[];
  /** The first failure that the learner is shown. */
  caughtBy: { check: string; mode: Mode };
  /** Later checks that it also fails, if they are not the first failure of any mistake. */
  alsoFails?: readonly string[];
  /** The likely cause that the learner is told. */
  cause: RegExp;
}

/** A right answer written differently, which every check must accept. */
export interface Variant {
  id: string;
  /** What is different from the solution. */
  how: string;
  changes: readonly Change[];
}

/** What proves that the checks of an exercise work. */
export interface Proof {
  /** The ids of the checks that the unchanged stub fails in at least one mode. It passes all others. */
  stubFails: readonly string[];
  mistakes: readonly Mistake[];
  variants: readonly Variant[];
}

/**
 * Applies a change to a file's text.
 *
 * @throws if a text does not occur exactly once, so that a change never applies by half, or if nothing
 * changes
 */
export function applyChange(text: string, change: Change): string {
  return change.replace.reduce((changed, [found, by]) => {
    const times = changed.split(found).length - 1;
    if (times !== 1) {
      throw new Error(
        `${change.file} contains this text ${times} times, not once: ${JSON.stringify(found)}`,
      );
    }
    if (found === by)
      throw new Error(`This change does not change ${change.file}: ${JSON.stringify(found)}`);
    return changed.replace(found, () => by);
  }, text);
}
