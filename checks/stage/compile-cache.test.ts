import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { makeRunFolder } from "./run-folder.ts";

const folder = makeRunFolder();
vi.doMock("./run-folder.ts", () => ({ workshopFolder: folder }));
const { compileCache, limitCompileCache } = await import("./compile-cache.ts");

test("compiled code is removed once there is far more of it than is in use", () => {
  limitCompileCache();
  mkdirSync(join(compileCache, "v26"), { recursive: true });
  const add = (count: number, name: string) => {
    for (let nth = 0; nth < count; nth++) writeFileSync(join(compileCache, "v26", name + nth), "");
  };
  add(2000, "used");
  limitCompileCache();
  expect(existsSync(compileCache)).toBe(true);
  add(2000, "old");
  limitCompileCache();
  expect(existsSync(compileCache)).toBe(false);
});
