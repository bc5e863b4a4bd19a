/** The workshop could not do what was asked, and the learner's code is not the reason. */
export class CouldNotRun extends Error {
  /** One line on what to do about it. */
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    super(what);
    this.remedy = remedy;
  }
}
