import { describe, expect, test } from "vitest";
import type { CheckResult } from "../../checks/report/result.ts";
import { applyChange, type Mistake } from "../../checks/shared/proof.ts";
import type { Case } from "./cases.ts";
import { checksKilledOnce, judge, unkilledChecks } from "./verdict.ts";

const told = { did: "", asks: "", cause: "There is no limit.", next: "" };

const result = (id: string, verdict: CheckResult["verdict"], more: Partial<CheckResult> = {}) => ({
  id: `01.${id}`,
  title: id,
  verdict,
  mode: "normal" as const,
  message: verdict === "fail" ? `${id} failed` : "",
  ms: 1,
  order: 0,
  ...(verdict === "fail" && { explanation: told }),
  ...more,
});

const mistake: Mistake = {
  id: "no-retry",
  belief: "It never fails.",
  changes: [],
  caughtBy: { check: "outage", mode: "normal" },
  cause: /no limit/,
};
const solution: Case = { kind: "solution", name: "agent", folder: "" };
const stub: Case = { kind: "stub", name: "agent", folder: "", fails: ["crash", "outage"] };
const wrong: Case = { kind: "mistake", name: "no-retry", folder: "", mistake };

describe("the verdict on a case", () => {
  test.each([
    ["a solution that passes", solution, [result("crash", "pass")]],
    [
      "a stub that fails what is declared",
      stub,
      [result("happy", "pass"), result("crash", "fail"), result("outage", "fail")],
    ],
    ["a mistake that is rejected", wrong, [result("crash", "pass"), result("outage", "fail")]],
  ])("is right for %s", (_, subject, results) => {
    expect(judge(subject, results)).toBeUndefined();
  });

  test.each([
    ["no check runs", solution, [], /no check was run/],
    ["a solution is rejected", solution, [result("crash", "fail")], /01\.crash \(normal\) rejects/],
    [
      "a check breaks instead of failing",
      wrong,
      [result("outage", "fail", { explanation: undefined })],
      /01\.outage broke/,
    ],
    [
      "a check cannot tell whether a solution is right",
      solution,
      [result("happy", "pass"), result("crash", "skip")],
      /01\.crash \(normal\) cannot tell whether it is right: /,
    ],
    ["a stub equals the solution", stub, [result("crash", "pass")], /passes crash, outage/],
    [
      "a stub fails more than is declared",
      stub,
      [result("crash", "fail"), result("outage", "fail"), result("happy", "fail")],
      /fails happy, which is not declared/,
    ],
    [
      "a stub does not work with nothing broken",
      stub,
      [result("happy", "fail"), result("crash", "skip")],
      /does not work with nothing broken: happy failed/,
    ],
    ["a mistake passes", wrong, [result("outage", "pass")], /no check rejects it/],
    [
      "a mistake names a check that is not there",
      {
        ...wrong,
        mistake: { ...mistake, caughtBy: { check: "outrage", mode: "normal" as const } },
      },
      [result("outage", "fail")],
      /there is no check outrage \(normal\)/,
    ],
    [
      "another check comes first",
      wrong,
      [result("crash", "fail"), result("outage", "fail")],
      /01\.crash \(normal\) rejects it first, not outage/,
    ],
    [
      "the right check rejects in another mode",
      wrong,
      [result("outage", "pass"), result("outage", "fail", { mode: "always-replay" })],
      /\(always-replay\) rejects it first/,
    ],
    [
      "a mistake passes another check that it is declared to fail",
      { ...wrong, mistake: { ...mistake, alsoFails: ["crash"] } },
      [result("outage", "fail"), result("crash", "pass")],
      /it passes crash, but the proof says that it fails/,
    ],
    [
      "the learner is told something else",
      wrong,
      [result("outage", "fail", { explanation: { ...told, cause: "Something else." } })],
      /does not match/,
    ],
  ])("is an error where %s", (_, subject, results, complaint) => {
    expect(judge(subject, results)).toMatch(complaint);
  });
});

test("a check that no mistake makes fail is named", () => {
  const all = [result("happy", "pass"), result("crash", "pass"), result("outage", "pass")];
  const ofMistakes = [result("happy", "fail"), result("crash", "pass"), result("outage", "fail")];
  expect(unkilledChecks(all, ofMistakes)).toEqual(["01.crash"]);
});

test("a check that one mistake alone makes fail is named", () => {
  const one = [result("happy", "fail"), result("crash", "fail"), result("crash", "fail")];
  const other = [result("happy", "fail"), result("outage", "pass")];
  expect(checksKilledOnce([one, other])).toEqual(["01.crash"]);
});

describe("a change", () => {
  const change = (found: string) => ({ file: "agent.ts", replace: [[found, "$&"]] as const });

  test("replaces a text that is there once, to the letter", () => {
    expect(applyChange("one two", change("two"))).toBe("one $&");
  });

  test("fails loudly where it changes nothing", () => {
    const nothing = { file: "agent.ts", replace: [["two", "two"]] as const };
    expect(() => applyChange("one two", nothing)).toThrow("This change does not change agent.ts");
  });

  test.each([
    ["three", 0],
    ["o", 2],
  ])("fails loudly where %s is there %i times", (found, times) => {
    expect(() => applyChange("one two", change(found))).toThrow(
      `agent.ts contains this text ${times} times`,
    );
  });
});
