import type { Scenario } from "../stage/sweep.ts";

export const scenario: Scenario = async (stage) => {
  const invocation = await stage.invoke("run", {
    date: "2024-10-01",
    category: "orthopedic",
    reason: "hospital bill for a broken leg",
    amount: stage.choices().integer(100, 9000),
    placeOfService: "General Hospital",
  });
  return invocation.outcome();
};
