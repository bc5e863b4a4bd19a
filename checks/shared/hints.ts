/** What helps with one TODO. */
export interface Hint {
  /**
   * The checks, by id, that are about this TODO: where one of them fails, the TODO is not done yet, or
   * done wrong. A check that may fail because of either of two TODOs stands with both.
   */
  checks: readonly string[];
  /** What is told first. */
  question: string;
  /** What is told to who asks again. */
  pointer: string;
  /** What is told last. */
  nearlyTheCode: string;
}

/** An exercise's hints, one for each of its TODOs, in their order. */
export type Hints = readonly Hint[];

/** What a `.hints.ts` exports: what helps before an exercise is done, and explains it afterwards. */
export interface Help {
  hints: Hints;
  /** Why it works, in a paragraph, for who has done it. */
  why: string;
}
