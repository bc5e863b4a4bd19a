import { expect, test } from "vitest";
import { parse } from "../../checks/report/code/syntax.ts";
import { mutationsOf } from "./mutating.ts";

const program = `const sky = await ctx.run("get weather", () => fetchWeather(city), { maxRetryAttempts: 2 });
if (!approved || sky) throw new Error("no");
restate.RestatePromise.all(calls.map((call) => call));
`;

test("each mutation is one change, at its line, of a program that can still be parsed", () => {
  for (const { line, text, found } of mutationsOf(program)) {
    expect(text, found).not.toBe(program);
    expect(() => parse(text), text).not.toThrow();
    const [changed] = text.split("\n").flatMap((each, nth) => {
      return each === program.split("\n")[nth] ? [] : [nth + 1];
    });
    expect(changed).toBe(line);
  }
});

test.each([
  ["an await", "const sky = ctx.run("],
  ["a step", "(() => fetchWeather(city))()"],
  ["a limit", "fetchWeather(city));"],
  ["a condition", "if (sky) throw"],
  ["Restate's promises", "Promise.all(calls"],
])("%s can be lost", (_, left) => {
  expect(mutationsOf(program).some(({ text }) => text.includes(left))).toBe(true);
});
