import { setTimeout as pause } from "node:timers/promises";

/** What a caller waited for did not come. */
export class DidNotCome extends Error {}

/**
 * Asks at short intervals until there is an answer, for state that nothing announces.
 *
 * @param ask returns undefined, or throws, while there is none
 * @param what names the awaited thing in the error's message
 * @param cap milliseconds, far more than it ever takes
 * @throws {DidNotCome} with the last error's message, if there was one
 */
export async function waitFor<Answer>(
  what: string,
  cap: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const deadline = performance.now() + cap;
  for (let interval = 5; ; interval = Math.min(interval * 1.3, 50)) {
    let trouble: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > deadline) {
      const because = trouble instanceof Error ? `: ${trouble.message}` : "";
      throw new DidNotCome(`${what} did not come within ${cap / 1000} s${because}`);
    }
    await pause(interval);
  }
}

/** Does the same, but returns undefined if the answer does not come: then it never will. */
export async function waitOrGiveUp<Answer>(
  what: string,
  cap: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  try {
    return await waitFor(what, cap, ask);
  } catch (error) {
    if (error instanceof DidNotCome) return undefined;
    throw error;
  }
}
