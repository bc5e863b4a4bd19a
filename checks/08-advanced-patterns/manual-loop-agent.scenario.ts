import type { Scenario } from "../stage/sweep.ts";
import { answerReview, askForMany } from "./loop.ts";

export const sideBySide = true;

export const scenario: Scenario = async (stage) => {
  const { invocation } = await askForMany(stage);
  return answerReview(stage, invocation, true);
};
