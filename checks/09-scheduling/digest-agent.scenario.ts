import { untilNothingIsDue } from "../stage/due.ts";
import type { Scenario } from "../stage/sweep.ts";
import { begin } from "./digests.ts";

/** A subscription, its first digest, and when the next one comes. */
export const scenario: Scenario = async (stage, choices) => {
  const { user, told, subscription } = await begin(stage, choices, 1);
  const started = await stage.invoke(`${user}/start`, subscription);
  const outcome = await started.outcome();
  if (outcome.kind !== "answered") return outcome;
  await untilNothingIsDue(stage, user, Date.now());
  const next = await (await stage.invoke(`${user}/next`, null)).outcome();
  if (next.kind !== "answered") return next;
  return { kind: "answered", answer: { digests: told.map(({ text }) => text), next: next.answer } };
};
