/** The workshop could not do what was asked, through no fault of the learner's code. */
export class CouldNotRun extends Error {
  /** One line on what to do about it. */
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    super(what);
    this.remedy = remedy;
  }
}
