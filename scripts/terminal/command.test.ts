import { describe, expect, test } from "vitest";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { chaptersAskedFor, readCommand } from "./command.ts";

/** Reads a command line as npm passes it on: words and flags, and the flags that npm took. */
function read(args: string[], swallowed: Record<string, string> = {}) {
  const taken = Object.entries(swallowed).map(([name, value]) => [`npm_config_${name}`, value]);
  return readCommand(
    "npm run check",
    { words: ["chapter", "exercise"], switches: ["solution"], values: ["seed", "json"] },
    { argv: ["node", "check.ts", ...args], env: Object.fromEntries(taken) },
  );
}

function remedyFor(...args: Parameters<typeof read>): string {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof CouldNotRun) return error.remedy;
  }
  return "none";
}

describe("flags", () => {
  test("after -- are read", () => {
    expect(read(["01", "--solution", "--seed", "5"])).toEqual({
      words: ["01"],
      switches: { solution: true },
      values: { seed: "5" },
    });
  });

  test("that stand alone are honoured where npm took them", () => {
    expect(read(["01"], { solution: "true" }).switches.solution).toBe(true);
    expect(read(["01"]).switches.solution).toBe(false);
  });

  test("with a value are refused where npm took them, with the right command", () => {
    expect(remedyFor(["01", "5"], { seed: "true" })).toBe("Type: npm run check 01 -- --seed 5");
    expect(remedyFor(["01"], { json: "out.json" })).toBe(
      "Type: npm run check 01 -- --json out.json",
    );
  });

  test("that do not exist are refused with those that do", () => {
    expect(remedyFor(["01", "--sed", "5"])).toContain("--solution, --seed …, --json …");
  });
});

test("a word too many is refused", () => {
  expect(remedyFor(["01", "agent", "more"])).toBe("Type: npm run check [chapter] [exercise]");
});

test("chapters go by number or folder, and an unknown one by what there is", () => {
  expect(chaptersAskedFor("1")).toEqual(chaptersAskedFor("01-durable-execution"));
  expect(() => chaptersAskedFor("99")).toThrow('There is no chapter "99".');
});
