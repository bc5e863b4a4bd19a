import type { Scenario } from "../stage/sweep.ts";
import { askForTrip } from "./trips.ts";

export const scenario: Scenario = async (stage, choices) => {
  const invocation = await askForTrip(stage, choices, "SUV");
  return invocation.outcome();
};
