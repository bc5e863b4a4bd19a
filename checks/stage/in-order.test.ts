import { expect, test } from "vitest";
import { placeOf } from "./in-order.ts";

test("suites come in the manifest's order", () => {
  const suites = [
    "checks/01-durable-execution/agent.test.ts",
    "checks/05-orchestration/sub-workflow-agent.test.ts",
    "checks/05-orchestration/multi-agent.test.ts",
  ];
  expect(suites.toSorted((a, b) => placeOf(a) - placeOf(b))).toEqual(suites);
});
