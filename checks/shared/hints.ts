/** What helps with one TODO, from a question over a pointer to nearly the code. */
export type Hint = readonly [question: string, pointer: string, nearlyTheCode: string];

/** What a `.hints.ts` exports: what helps before an exercise is done, and explains it afterwards. */
export interface Help {
  hints: Hints;
  /** Why it works, in a paragraph, for who has done it. */
  why: string;
}

/** An exercise's hints, one for each of its TODOs, in their order. */
export type Hints = readonly Hint[];
