import type { Answer } from "../crossing.ts";
import type { Call } from "../events.ts";
import { withoutIds } from "../without-ids.ts";

/**
 * The answers that the first run got. All later runs get the same ones, so they cost nothing, change
 * nothing outside, and differ only by what is done to them.
 */
export class Cassette {
  readonly #answers = new Map<string, Answer[]>();
  #isFull = false;

  /** Ends the recording. */
  stop(): void {
    this.#isFull = true;
  }

  /**
   * Answers a call as in the first run. Asks the network in the first run, or if that run has not asked
   * the same, apart from ids and times.
   *
   * @param calls all calls of the run until now, this one included
   */
  async answer(call: Call, calls: readonly Call[], ask: () => Promise<Answer>): Promise<Answer> {
    const question = withoutIds(call.asked);
    const known = this.#answers.get(question) ?? [];
    if (!this.#isFull) {
      const answer = await ask();
      this.#answers.set(question, [...(this.#answers.get(question) ?? []), answer]);
      return answer;
    }
    const before = calls.slice(0, calls.indexOf(call)).filter((each) => !wasLost(each));
    const nth = before.filter(({ asked }) => withoutIds(asked) === question).length;
    return known[Math.min(nth, known.length - 1)] ?? ask();
  }
}

/**
 * Whether a crash cut a call or its step, so that the call is made again and gets the same answer. After
 * an error, it is made again because of the error.
 */
function wasLost({ outcome, steps }: Call): boolean {
  if (typeof outcome === "number" && outcome >= 400) return false;
  return outcome === "cut" || steps.some(({ state }) => state === "cut");
}
