import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CouldNotRun } from "../could-not-run.ts";
import { makeRunFolder } from "../run-folder.ts";
import { findBinary, lastWords } from "./binary.ts";

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

test("tells the last words of a server without the colours of its log", () => {
  const log = join(makeRunFolder(), "server.log");
  expect(lastWords(log)).toBe("none.");
  writeFileSync(log, "first\n\u001b[2;3mon\u001b[0m rt:pp-0\n\n");
  expect(lastWords(log)).toBe("on rt:pp-0");
});
