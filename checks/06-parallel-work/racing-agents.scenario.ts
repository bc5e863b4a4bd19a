import { chooseClaim } from "../shared/claims.ts";
import { holdOf } from "../stage/failures.ts";
import type { Scenario } from "../stage/sweep.ts";

export const scenario: Scenario = async (stage, choices) => {
  // Eligibility is held, so that fraud wins in every run.
  stage.inject(holdOf("analysis", "eligibility"));
  const invocation = await stage.invoke("run", chooseClaim(choices));
  return invocation.outcome();
};
