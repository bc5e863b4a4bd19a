import { describe, expect, test } from "vitest";
import { crashPointsOf, damageOf, outsideSteps, type Run } from "./crash-points.ts";
import type { Call } from "./events.ts";
import type { Entry } from "./world/ledger.ts";

let number = 0;
const call = (service: Call["service"], asked: string): Call => ({
  service,
  by: "agent",
  invocation: undefined,
  run: undefined,
  steps: [],
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
  allEnded: true,
  places: [
    { place: "step 1 of run", isLast: false },
    { place: "end of run", isLast: true },
  ],
  calls: [call("model", "1"), call("booking", "hotel key-1"), call("model", "2")],
  effects: [effect("reservation")],
};
/** A call in a step that was open when the agent was killed. */
const cut = (service: Call["service"], asked: string): Call => ({
  ...call(service, asked),
  steps: [{ state: "kept" }, { state: "cut" }],
});

test("a crash is tried before and after each message and call, and at each call", () => {
  const names = crashPointsOf(calm, ["agent", "server"]).map(({ name }) => name);
  expect(names).toHaveLength(2 + 1 + 9);
  expect(names.slice(1, 5)).toEqual([
    "step 1 of run, agent killed after Restate has it",
    "end of run, agent killed before Restate has it",
    "model call 1, agent killed before it",
    "model call 1, agent killed after it",
  ]);
});

test("a call that no step makes is told", () => {
  const inStep: Call = { ...call("model", "1"), steps: [{ state: "kept" }] };
  const run = { ...calm, calls: [inStep, { ...call("weather", "Oslo"), nth: 2 }] };
  expect(outsideSteps(run)).toEqual(["weather call 2"]);
});

describe("no damage is seen", () => {
  test.each([
    ["in the same run", calm],
    [
      "where a call is repeated whose step was open",
      { ...calm, calls: [cut("model", "1"), ...calm.calls] },
    ],
    [
      "where an effect is asked for twice with one key, because its step was open",
      {
        ...calm,
        calls: [...calm.calls, cut("booking", "hotel key-1")],
        effects: [effect("reservation"), effect("reservation", true)],
      },
    ],
    [
      "where only an id differs",
      { ...calm, outcome: { kind: "answered" as const, answer: "Booked hotel-99999999." } },
    ],
  ])("%s", (_, run) => {
    expect(damageOf(run, calm)).toEqual({ lost: [], repeated: [], changed: [], outside: [] });
  });
});

describe("damage is seen", () => {
  test.each([
    [
      "where a call is repeated whose step was kept",
      { ...calm, calls: [cut("model", "1"), call("model", "2"), ...calm.calls] },
      { lost: [], repeated: ["1 model call"] },
    ],
    [
      "where a call is repeated twice, and its step was open once",
      { ...calm, calls: [cut("model", "1"), call("model", "1"), ...calm.calls] },
      { lost: [], repeated: ["1 model call"] },
    ],
    [
      "where the model is asked something else",
      { ...calm, calls: [call("model", "other"), ...calm.calls] },
      { lost: [], repeated: ["1 model call, with another key or body"] },
    ],
    [
      "where it is asked something else instead",
      { ...calm, calls: [call("model", "other"), ...calm.calls.slice(1)] },
      {
        lost: [],
        repeated: [],
        changed: ['1 model call, with "model other" instead of "model 1"'],
      },
    ],
    [
      "where an open step asks again with another key",
      { ...calm, calls: [cut("booking", "hotel key-2"), ...calm.calls] },
      { lost: [], repeated: ["1 booking call, with another key or body"] },
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
      { lost: ['the outcome: it answered "Sorry."'], repeated: [] },
    ],
    [
      "where it fails instead, told without the stack",
      { ...calm, outcome: { kind: "failed" as const, code: 500, message: "no room\n  at book" } },
      { lost: ["the outcome: it failed with 500: no room"], repeated: [] },
    ],
  ])("%s", (_, run, damage) => {
    expect(damageOf(run, calm)).toEqual({ changed: [], outside: [], ...damage });
  });
});
