import { amountOverThreshold, answer, firstRequest, processClaim } from "../claims.ts";
import type { Scenario } from "../stage/sweep.ts";

export const scenario: Scenario = async (stage) => {
  const invocation = await processClaim(stage, amountOverThreshold(stage));
  const seen = await invocation.untilSeen(() => firstRequest(stage));
  return "id" in seen ? answer(stage, invocation, seen.id, true) : seen;
};
