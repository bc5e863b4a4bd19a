import type { Scenario } from "../stage/sweep.ts";
import { cities } from "../stage/world/cities.ts";

export const scenario: Scenario = async (stage) => {
  const city = stage.choices().one(cities);
  const invocation = await stage.invoke("run", { prompt: `What is the weather like in ${city}?` });
  return invocation.outcome();
};
