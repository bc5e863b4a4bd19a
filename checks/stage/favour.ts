import { setTimeout as pause } from "node:timers/promises";
import type { Call } from "./events.ts";
import type { Failure } from "./failures.ts";
import { withoutIds } from "./without-ids.ts";

/** What a call asks, without ids and times: the same in every run. */
function questionOf({ asked }: Call): string {
  return withoutIds(asked);
}

/** Which branch of a race is ahead: the one that asks a question, or all others. */
export interface Odds {
  question: string;
  wins: boolean;
}

/** The odds worth trying in a run with these calls. */
export function oddsFor(calls: readonly Call[]): Odds[] {
  const questions = [...new Set(calls.map(questionOf))];
  return questions.flatMap((question) => [
    { question, wins: true },
    { question, wins: false },
  ]);
}

/**
 * Delays the answers to those who must lose.
 *
 * @param delay milliseconds for each answer
 */
export function favour({ question, wins }: Odds, delay: number): Failure {
  const delayed = new WeakSet<Call>();
  let next: Call | undefined;
  let isLifted = false;
  return {
    phase: "after",
    strikes: (call) => {
      next = call;
      const mustLose = (questionOf(call) === question) !== wins;
      return !isLifted && mustLose && !delayed.has(call);
    },
    blow: () => {
      if (next !== undefined) delayed.add(next);
      return { kind: "hold", until: pause(delay) };
    },
    standing: false,
    lift: () => {
      isLifted = true;
    },
  };
}
