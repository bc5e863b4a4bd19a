/** What the human reviewer was asked, and what they answered. */
export class Reviews {
  #asked = new Set<string>();
  #answers = new Map<string, boolean>();

  /** Gives a request to the reviewer; returns whether they had it already. */
  request(id: string): boolean {
    const repeated = this.#asked.has(id);
    this.#asked.add(id);
    return repeated;
  }

  /** Only the first answer counts. */
  answer(id: string, approved: boolean): void {
    if (!this.#answers.has(id)) this.#answers.set(id, approved);
  }

  answerTo(id: string): boolean | undefined {
    return this.#answers.get(id);
  }
}
