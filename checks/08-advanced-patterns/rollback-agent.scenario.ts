import type { Scenario } from "../stage/sweep.ts";
import { askForTrip } from "./trips.ts";

export const scenario: Scenario = async (stage) => {
  const invocation = await askForTrip(stage, "SUV");
  return invocation.outcome();
};
