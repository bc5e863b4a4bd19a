import { describe, expect, test } from "vitest";
import type { Call, OpenStep } from "./events.ts";
import type { StormRun } from "./storm.ts";
import { harmOf } from "./storm-harm.ts";
import type { Effect, Entry } from "./world/ledger.ts";

const call = (service: Call["service"], asked: string, step: OpenStep["state"] = "kept"): Call => ({
  service,
  by: "agent",
  invocation: "inv_1",
  run: "inv_1",
  steps: [{ state: step }],
  nth: 1,
  subject: "",
  asked: `${service} ${asked}`,
  outcome: 200,
  held: false,
  answer: "{}",
});
const effect = (kind: Effect, subject: string): Entry => ({
  number: 1,
  effect: kind,
  subject,
  repeated: false,
});

const calm: StormRun = {
  outcome: { kind: "answered", answer: "Booked." },
  allEnded: true,
  calls: [call("model", "1"), call("booking", "hotel")],
  effects: [effect("reservation", "hotel-1"), effect("confirmation", "hotel-1")],
  struck: 0,
  wasCancelled: false,
  refusedBy: new Set(),
  events: [],
  invoked: [],
};
const play = { scenario: async () => calm.outcome };
const failed = { kind: "failed", code: 500, message: "down" } as const;
const rolledBack = [effect("reservation", "hotel-1"), effect("cancellation", "hotel-1")];

describe("a storm did no harm", () => {
  test.each<[string, Partial<StormRun>]>([
    ["if the run did the same", {}],
    [
      "if a call was repeated whose step was cut",
      { calls: [call("model", "1", "cut"), ...calm.calls] },
    ],
    [
      "if the model's errors ended the run, and it was rolled back",
      { outcome: failed, refusedBy: new Set(["model"]), effects: rolledBack },
    ],
    [
      "if the run was cancelled, and rolled back",
      { outcome: { ...failed, code: 409 }, wasCancelled: true, effects: rolledBack },
    ],
  ])("%s", (_, changes) => {
    expect(harmOf({ ...calm, ...changes }, calm, play)).toEqual([]);
  });
});

describe("a storm did harm", () => {
  test.each<[string, Partial<StormRun>, string]>([
    [
      "if the run never ended",
      { outcome: { kind: "stuck", why: "it waits" } },
      "never ended: it waits",
    ],
    [
      "if something that it called never ended",
      { allEnded: false },
      "never ended: something that the run has called",
    ],
    [
      "if it failed although nothing refused it",
      { outcome: failed, effects: rolledBack },
      `lost the outcome: it failed with ${failed.code}: ${failed.message}`,
    ],
    [
      "if it failed because of a service without a budget",
      { outcome: failed, effects: rolledBack, refusedBy: new Set(["weather"]) },
      `lost the outcome: it failed with ${failed.code}: ${failed.message}`,
    ],
    [
      "if a call was repeated whose step was kept",
      { calls: [call("model", "1"), ...calm.calls] },
      "repeated a model call",
    ],
    [
      "if something is left",
      { effects: [effect("reservation", "hotel-1")] },
      "left hotel-1 booked",
    ],
    [
      "if a branch is left open",
      { effects: [...calm.effects, effect("opening", "one")] },
      "left branch one open",
    ],
    [
      "if it was booked twice",
      {
        effects: [
          ...calm.effects,
          effect("reservation", "hotel-2"),
          effect("confirmation", "hotel-2"),
        ],
      },
      "reserved twice: hotel-1, hotel-2",
    ],
    ["if a success was rolled back", { effects: rolledBack }, "answered, and cancelled hotel-1"],
    [
      "if a failure was confirmed",
      { outcome: failed, refusedBy: new Set(["model"]) },
      "failed, and confirmed hotel-1",
    ],
  ])("%s", (_, changes, harm) => {
    expect(harmOf({ ...calm, ...changes }, calm, play)).toEqual([harm]);
  });
});

test("an exercise's own budget allows another outcome", () => {
  const run = { ...calm, outcome: failed, effects: rolledBack, refusedBy: new Set(["weather"]) };
  expect(harmOf(run as StormRun, calm, { ...play, budgets: ["weather"] })).toEqual([]);
});
