/** What a learner is told about a failed check. */
export interface Explanation {
  /** What your code did, in the past tense. */
  did: string;
  /** What durability asks. */
  asks: string;
  /** The likely cause. */
  cause: string;
  /** The next command, or what to read first. */
  next: string;
}

/** Thrown if the learner's code does not do what a check asks. */
export class CheckFailed extends Error {
  readonly explanation: Explanation;

  constructor(explanation: Explanation) {
    const { did, asks, cause, next } = explanation;
    super([did, asks, cause, next].join("\n"));
    this.name = "CheckFailed";
    this.explanation = explanation;
  }
}
