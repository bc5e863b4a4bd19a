import { untilNothingIsDue } from "../stage/due.ts";
import type { Scenario } from "../stage/sweep.ts";
import { goBack, newUser } from "./days.ts";
import { somethingToDo } from "./reminders.ts";

/** A reminder for later is set, and shown on the list. */
export const planned: Scenario = async (stage, choices) => {
  const user = newUser();
  const prompt = `Remind me in ${choices.integer(10, 20)} hours to ${somethingToDo(choices)}.`;
  const asked = await stage.invoke(`${user}/ask`, { prompt });
  const outcome = await asked.outcome();
  if (outcome.kind !== "answered") return outcome;
  const list = await stage.invoke(`${user}/list`, null);
  return list.outcome();
};

/** A reminder, from the question to the notification. */
export const scenario: Scenario = async (stage, choices) => {
  await goBack(stage, 3);
  const user = newUser();
  const prompt = `Remind me tomorrow at ${choices.integer(0, 23)} to ${somethingToDo(choices)}.`;
  const asked = await stage.invoke(`${user}/ask`, { prompt });
  const outcome = await asked.outcome();
  await untilNothingIsDue(stage, user, Date.now());
  return outcome;
};
