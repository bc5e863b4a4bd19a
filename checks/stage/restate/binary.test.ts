import { afterEach, expect, test } from "vitest";
import { CouldNotRun } from "../could-not-run.ts";
import { findBinary } from "./binary.ts";

const { platform } = process;

afterEach(() => {
  Object.defineProperty(process, "platform", { value: platform });
});

test.each([
  ["win32", "Restate has none for Windows: run the workshop in WSL2."],
  ["sunos", "Run `npm install` again, without `--omit=optional`."],
])("says what to do on %s, which has no binary", (value, remedy) => {
  Object.defineProperty(process, "platform", { value });
  expect(findBinary).toThrow(CouldNotRun);
  expect(findBinary).toThrow(`No Restate server binary is installed for ${value}-`);
  expect(() => {
    try {
      findBinary();
    } catch (error) {
      throw new Error((error as CouldNotRun).remedy);
    }
  }).toThrow(remedy);
});
