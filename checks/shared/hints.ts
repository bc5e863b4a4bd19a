/** What helps with one TODO. */
export interface Hint {
  /**
   * The ids of the checks that test this TODO. If one of them fails, the TODO is missing or wrong. A check
   * that may fail because of either of two TODOs is listed with both.
   */
  checks: readonly string[];
  /** Printed first. */
  question: string;
  /** Printed the second time. */
  pointer: string;
  /** Printed last. */
  nearlyTheCode: string;
}

/** An exercise's hints, one for each of its TODOs, in their order. */
export type Hints = readonly Hint[];

/** What a `.hints.ts` exports: help before an exercise passes, and an explanation afterwards. */
export interface Help {
  hints: Hints;
  /** The answer to the lesson's prediction, if it is about this exercise. */
  prediction?: string;
  /** Why the solution works, in a paragraph. Printed after a pass. */
  why: string;
}
