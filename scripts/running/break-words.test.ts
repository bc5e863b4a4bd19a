import { expect, test } from "vitest";
import { chapters } from "../../manifest.ts";
import { readBreakWords } from "./break-words.ts";

test.each([
  [[], { kind: "state" }],
  [["07"], { kind: "list", chapter: chapters[6] }],
  [["7", "weather-down"], { kind: "break", chapter: "07", breakage: "weather-down" }],
  [["calm"], { kind: "calm" }],
  [["calm", "all"], { kind: "calm" }],
  [["calm", "01"], { kind: "calm", chapter: "01" }],
  [["01", "calm"], { kind: "calm", chapter: "01" }],
])("reads %j", (words, asked) => {
  expect(readBreakWords(words)).toEqual(asked);
});

test.each([
  [["kill"], '"kill" comes after a chapter\'s number.', /^Type: npm run break 01 kill \(or 02, 03/],
  [["slow-fraud"], '"slow-fraud" comes after', /^Type: npm run break 05 slow-fraud \(or 06\)$/],
  [["nothing"], 'There is no chapter "nothing".', /^There are: 01/],
  [["calm", "99"], 'There is no chapter "99".', /^There are: 01/],
  [["all", "kill"], "One chapter at a time", /^Type: npm run break 01$/],
  [["01", "denver-down"], 'Chapter 01 has no "denver-down"', /^It has: kill-in-weather, /],
])("says of %j what to type", (words, why, whatToDo) => {
  expect(() => readBreakWords(words)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(why),
      remedy: expect.stringMatching(whatToDo),
    }),
  );
});
