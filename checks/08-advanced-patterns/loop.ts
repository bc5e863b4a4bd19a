import { firstRequest } from "../shared/reviews.ts";
import { askFor } from "../shared/weather.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { cities } from "../stage/world/cities.ts";

/** How many calls the agent may make in one round without asking a human. */
export const mostUnasked = 3;

/** Chooses `count` different cities. */
export function chooseCities(choices: Chooser, count: number): [string, ...string[]] {
  const chosen = [choices.one(cities)] as [string, ...string[]];
  const others = cities.filter((city) => city !== chosen[0]);
  const first = choices.integer(0, others.length - count);
  return [...chosen, ...others.slice(first, first + count - 1)] as [string, ...string[]];
}

/** Asks for the weather in one city more than the agent may ask about without a human. */
export async function askForMany(stage: Stage, choices: Chooser) {
  const chosen = chooseCities(choices, mostUnasked + 1);
  return { chosen, invocation: await askForAll(stage, chosen) };
}

/** Asks for the weather in all these cities. */
export function askForAll(stage: Stage, chosen: readonly string[]): Promise<Invocation> {
  return askFor(stage, `${chosen.slice(0, -1).join(", ")} and ${chosen.at(-1)}`);
}

/** Waits for the review request and answers it; returns how the invocation ended. */
export async function answerReview(
  stage: Stage,
  invocation: Invocation,
  approved: boolean,
): Promise<Outcome> {
  const seen = await invocation.untilSeen(() => firstRequest(stage, invocation));
  if ("kind" in seen) return seen;
  await stage.answerReview(seen.id, approved);
  return invocation.outcome();
}
