import type { Scenario } from "../stage/sweep.ts";
import { newSession, poemRequests, send } from "./chats.ts";

export const scenario: Scenario = async (stage, choices) => {
  const session = newSession();
  for (const message of poemRequests(choices, 2)) {
    const invocation = await send(stage, session, message);
    const outcome = await invocation.outcome();
    if (outcome.kind !== "answered") return outcome;
  }
  const history = await stage.invoke(`${session}/getHistory`, null);
  return history.outcome();
};
