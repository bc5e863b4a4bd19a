import { chooseClaim } from "../claims.ts";
import type { Scenario } from "../stage/sweep.ts";

export const scenario: Scenario = async (stage) => {
  const invocation = await stage.invoke("run", chooseClaim(stage));
  return invocation.outcome();
};
