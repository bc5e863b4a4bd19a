import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { differenceOf, type Said, stringsIn, textsIn } from "../shared/history.ts";
import type { Stage } from "../stage/stage.ts";
import { next } from "./coding.ts";

/** Asks for a session's history. @throws {CheckFailed} unless it is answered */
export async function historyOf(stage: Stage, session: string, when: string): Promise<unknown> {
  const outcome = await (await stage.invoke(`${session}/getHistory`, null)).outcome();
  if (outcome.kind === "answered") return outcome.answer;
  throw new CheckFailed({
    did: `${when}, getHistory ${tellOutcome(outcome)}`,
    asks: "getHistory answers with the session's messages.",
    cause: causeOf(outcome) ?? "getHistory fails, or waits for a turn.",
    next,
  });
}

/**
 * @throws {CheckFailed} unless the session's history has what the user said, each message once and in this order,
 * and ends with the model's answer to all of it
 */
export async function expectHistory(
  stage: Stage,
  session: string,
  wishes: readonly string[],
  when: string,
): Promise<void> {
  const history = await historyOf(stage, session, when);
  const said: Said[] = wishes.map((text) => ({ role: "user", text }));
  const difference = differenceOf(history, said);
  const asks = "The conversation has all that the user said, and the latest answer.";
  const fail = (did: string, cause: string) => {
    throw new CheckFailed({ did: `${when}, ${did}`, asks, cause, next });
  };
  if (difference?.kind === "unreadable") {
    fail(`getHistory answered ${difference.words}`, "getHistory does not return the messages.");
  }
  if (difference?.kind === "order") {
    fail(
      "the history is not in the order of the conversation.",
      "Messages are not put together in the order in which they came.",
    );
  }
  if (difference !== undefined) {
    const isLost = difference.kind === "lost";
    fail(
      `the history ${isLost ? "has lost" : "repeats"} ${difference.words}`,
      isLost ? lostCause : "A message is added in two places of the code, or by a second attempt.",
    );
  }
  const [last] = (history as { content: unknown }[]).slice(-1);
  const answer = stringsIn(last?.content).join(" ");
  const missing = wishes.find((wish) => !answer.includes(wish));
  if (missing !== undefined) {
    fail(
      `the history does not end with the answer to ${JSON.stringify(missing)}.`,
      "News of older work replaces the conversation, or the latest work ends without an answer.",
    );
  }
}

/** Why something that the user said may be lost. */
export const lostCause =
  "What the user says is stored only together with the answer. Work that is interrupted has no answer. Or news of older work comes late and replaces the conversation.";

/** The messages of the user in the request to the model that has most of these; in the request's order. */
export function mostTold(stage: Stage, wishes: readonly string[]): string[] {
  const calls = stage.calls("model").filter(({ asked }) => asked !== "");
  const told = calls.map((request) =>
    textsIn(request, calls).flatMap(({ role, text }) =>
      role === "user" && wishes.includes(text) ? [text] : [],
    ),
  );
  return told.reduce((most, each) => (each.length > most.length ? each : most), []);
}

/**
 * @param cause why the model may not be told all of it
 * @throws {CheckFailed} unless a request to the model has all that the user said, in this order
 */
export function expectTold(
  stage: Stage,
  wishes: readonly string[],
  when: string,
  cause: string,
): void {
  const told = mostTold(stage, wishes);
  if (isDeepStrictEqual(told, wishes)) return;
  throw new CheckFailed({
    did: `${when}, the model was told ${told.length} of the user's ${wishes.length} messages.`,
    asks: "New work knows all that was said, also what was said to work that was interrupted.",
    cause,
    next,
  });
}
