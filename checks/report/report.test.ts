import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Call, StageEvent } from "../stage/events.ts";
import { wordsOf } from "../stage/told-outcome.ts";
import { renderJournal } from "./journal.ts";
import { causeOf } from "./outcome.ts";
import { inColumns, lanesOf, pictureOf } from "./picture.ts";
import { renderFailure, renderFailures, renderLine } from "./render.ts";
import type { CheckResult } from "./result.ts";
import { renderTimeline } from "./timeline.ts";

const call = (more: Partial<Call>): Call => ({
  service: "weather",
  by: "agent",
  invocation: undefined,
  run: undefined,
  steps: [],
  held: false,
  nth: 1,
  subject: "Oslo",
  asked: "",
  outcome: 200,
  answer: "",
  ...more,
});

test("the words of a failure are those above its stack", () => {
  const failure =
    "[500 Internal] It broke.\nError: It broke.\n    at file:///home/503/agent.ts:27:1";
  expect(wordsOf(failure)).toBe("[500 Internal] It broke.\nError: It broke.");
});

test("a slip in a tool's code is a cause, and a service that nobody answers for is none", () => {
  const answered = (error: string) =>
    causeOf({ kind: "answered", answer: `The tool says: ${JSON.stringify({ error })}` });
  expect(answered("TypeError: a is not a function")).toMatch(/TypeError: a is not a function$/);
  expect(answered("TypeError: fetch failed")).toBeUndefined();
  expect(answered("Error: The weather API answered 503 for Oslo")).toBeUndefined();
});

describe("the timeline", () => {
  const first = call({ service: "model", subject: "" });
  const cut = call({ outcome: "cut" });
  const events: StageEvent[] = [
    { at: 1000, kind: "attempt", invocation: "inv_1" },
    { at: 1010, kind: "call", call: first },
    { at: 1015, kind: "call", call: first },
    { at: 1020.4, kind: "call", call: cut },
    { at: 1021, kind: "agent killed" },
    { at: 1090, kind: "agent restarted" },
    { at: 1100, kind: "attempt", invocation: "inv_1" },
    { at: 1110, kind: "call", call: call({ nth: 2, outcome: 503 }) },
  ];

  test("merges calls, kills, attempts and the journal, from zero", () => {
    const kept = { result: "", failed: false, at: 1016 };
    const steps = [{ name: "model", kept }, { name: "weather" }];
    const invoked = { id: "inv_1", name: "run", steps };
    expect(renderTimeline(events, [invoked])).toEqual([
      "     0  attempt 1",
      "    10  model call 1: answered",
      '    16  the journal keeps "model"',
      "    20  weather call 1, Oslo: connection lost",
      "    21  agent killed",
      "    90  agent restarted",
      "   100  attempt 2, replays 1 step",
      "   110  weather call 2, Oslo: answered 503",
    ]);
  });

  test("has a lane for each process, the journal and each service, of a picture with columns", () => {
    const kept = { result: "", failed: false, at: 1016 };
    const steps = [{ name: "model", kept }];
    const picture = inColumns(pictureOf(events, [{ id: "inv_1", name: "run", steps }]));
    const told = lanesOf(picture).map(({ who, moments }) => {
      const boxes = moments.map(({ from, what, became }) => `${from} ${what} ${became}`);
      return `${who}: ${boxes.join("; ")}`;
    });
    expect(told).toEqual([
      'Journal: 3 "model" kept',
      "Process 1: 1 attempt 1 done; 5 killed failed",
      "model: 2 call 1 done",
      "weather: 4 call 1, Oslo failed; 8 call 2, Oslo failed",
      "Process 2: 6 restarted done; 7 attempt 2 replayed",
    ]);
  });

  test("tells several invocations from each other", () => {
    const attempts = ["inv_1", "inv_2", "inv_2"].map(
      (invocation, at): StageEvent => ({ at, kind: "attempt", invocation }),
    );
    const invoked = ["inv_1", "inv_2"].map((id) => ({ id, name: "message", steps: [] }));
    expect(renderTimeline(attempts, invoked)).toEqual([
      "     0  message 1, attempt 1",
      "     1  message 2, attempt 1",
      "     2  message 2, attempt 2, replays 0 steps",
    ]);
  });

  test("of endless retries shows how they begin and end", () => {
    const retries = Array.from(
      { length: 50 },
      (_, n): StageEvent => ({ at: n, kind: "attempt", invocation: "inv_1" }),
    );
    const lines = renderTimeline(retries, []);
    expect(lines).toHaveLength(21);
    expect(lines[14]).toBe("        … 30 more");
    expect(lines.at(-1)).toContain("attempt 50");
  });
});

test("the journal is told entry by entry, payloads as text", () => {
  const bytes = [...Buffer.from('{"rain":true}')];
  const entries = [
    { type: "Command: Run", content: { Command: { Run: { completion_id: 1, name: "weather" } } } },
    {
      type: "Notification: Run",
      content: { Notification: { Completion: { Run: { result: { Success: bytes } } } } },
    },
    {
      type: "Command: Output",
      content: { Command: { Output: { result: { Failure: { code: 404, message: "no city" } } } } },
    },
  ].map((entry, index) => ({ index, ...entry }));
  expect(renderJournal(entries)).toEqual([
    '     0  Run "weather"',
    '     1  Run answered: {"rain":true}',
    "     2  Output: failed: no city",
  ]);
});

describe("a failed check", () => {
  const long = "word ".repeat(40).trim();
  const result: CheckResult = {
    id: "01.crash-before-weather",
    title: "killed in the tool, does not ask the model again",
    verdict: "fail",
    mode: "normal",
    message: "",
    ms: 1,
    order: 1,
    explanation: { did: long, asks: long, cause: long, next: "npm run check 01" },
    evidence: {
      timeline: [`     0  ${"x".repeat(100)}`],
      journal: ["     0  Input"],
      log: ["asked for the weather"],
    },
  };

  test("is told in four parts and a timeline, in 80 columns", () => {
    const lines = stripVTControlCharacters(renderFailure(result, false)).split("\n");
    const heads = lines.flatMap((line) => line.match(/^ {2}(\S.*?)(?: {2}|$|,)/)?.[1] ?? []);
    expect(heads).toEqual([
      "What happened",
      "What durability asks word word word word word word word word word word word",
      "Likely cause",
      "Next",
      "Timeline",
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("is told with its journal and log where one asks for them", () => {
    const text = stripVTControlCharacters(renderFailure(result, true));
    expect(text).toContain("Journal, entry by entry\n     0  Input");
    expect(text).toContain("The agent's log\n  asked for the weather");
  });

  test("is told in full where it is the first, and else in a line for both of its modes", () => {
    const other = (mode: CheckResult["mode"]) => ({ ...result, id: "01.other", mode });
    const failed = [result, other("normal"), other("always-replay")];
    const text = stripVTControlCharacters(renderFailures(failed, false));
    expect(text.match(/What happened/g)).toHaveLength(1);
    expect(text.match(/01\.other.*/g)).toEqual([`01.other  ${result.title}, in both modes`]);
  });

  test("names the mode where it is not the normal one", () => {
    const line = renderLine({ ...result, mode: "always-replay" });
    expect(line).toContain("(always-replay)");
  });
});
