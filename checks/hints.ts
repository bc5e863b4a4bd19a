/** What helps with one TODO, from a question over a pointer to nearly the code. */
export type Hint = readonly [question: string, pointer: string, nearlyTheCode: string];

/** An exercise's hints, one for each of its TODOs, in their order. */
export type Hints = readonly Hint[];
