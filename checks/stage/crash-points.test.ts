import { describe, expect, test } from "vitest";
import { crashPointsOf, damageOf, type Run } from "./crash-points.ts";
import type { Call } from "./events.ts";
import type { Entry } from "./world/ledger.ts";

let number = 0;
const call = (service: Call["service"], asked: string): Call => ({
  service,
  by: "agent",
  invocation: undefined,
  run: undefined,
  held: false,
  nth: 1,
  subject: "",
  asked: `${service} ${asked}`,
  outcome: 200,
  answer: "",
});
const effect = (kind: Entry["effect"], repeated = false): Entry => ({
  number: ++number,
  effect: kind,
  subject: "",
  repeated,
});
const calm: Run = {
  outcome: { kind: "answered", answer: "Booked hotel-0a1b2c3d." },
  calls: [call("model", "1"), call("booking", "hotel key-1"), call("model", "2")],
  inFlight: [],
  effects: [effect("reservation")],
};
const cut = call("model", "1");

test("a crash is tried before and after each call, and at it", () => {
  expect(crashPointsOf(calm, false).map(({ name }) => name)).toHaveLength(9);
  expect(crashPointsOf(calm, false)[1]?.name).toBe("model call 1, agent killed after it");
});

describe("no damage is seen", () => {
  test.each([
    ["in the same run", calm],
    [
      "where only the call in flight is repeated",
      { ...calm, calls: [cut, ...calm.calls], inFlight: [cut] },
    ],
    [
      "where an effect is asked for twice with one key",
      {
        ...calm,
        calls: [...calm.calls, call("booking", "hotel key-1")],
        effects: [effect("reservation"), effect("reservation", true)],
      },
    ],
    [
      "where only an id differs",
      { ...calm, outcome: { kind: "answered" as const, answer: "Booked hotel-99999999." } },
    ],
  ])("%s", (_, run) => {
    expect(damageOf(run, calm)).toEqual({ lost: [], repeated: [] });
  });
});

describe("damage is seen", () => {
  test.each([
    [
      "where a call is repeated that was not in flight",
      { ...calm, calls: [cut, call("model", "2"), ...calm.calls], inFlight: [cut] },
      { lost: [], repeated: ["1 model call"] },
    ],
    [
      "where the model is asked something else",
      { ...calm, calls: [call("model", "other"), ...calm.calls] },
      { lost: [], repeated: ["1 model call"] },
    ],
    [
      "where an effect is had twice, each with its own key",
      { ...calm, effects: [effect("reservation"), effect("reservation")] },
      { lost: [], repeated: ["1 reservation"] },
    ],
    [
      "where an effect is missing",
      { ...calm, effects: [] },
      { lost: ["1 reservation"], repeated: [] },
    ],
    [
      "where the outcome is another",
      { ...calm, outcome: { kind: "answered" as const, answer: "Sorry." } },
      { lost: ['the outcome: {"kind":"answered","answer":"Sorry."}'], repeated: [] },
    ],
  ])("%s", (_, run, damage) => {
    expect(damageOf(run, calm)).toEqual(damage);
  });
});
