import type { Scenario } from "../stage/sweep.ts";
import { answerReview, askForMany } from "./loop.ts";

export const scenario: Scenario = async (stage, choices) => {
  const { invocation } = await askForMany(stage, choices);
  return answerReview(stage, invocation, true);
};
