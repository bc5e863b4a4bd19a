import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRunFolder } from "../../checks/stage/run-folder.ts";
import { keepApprovals } from "./approvals.ts";

test("a file of requests that is half written, or gone, is none", async () => {
  const folder = makeRunFolder();
  const nowhere = { adminUrl: "http://127.0.0.1:1", worldUrl: "http://127.0.0.1:1" };
  writeFileSync(join(folder, "half.json"), '[{"id": "sign_1');
  const said: string[] = [];
  for (const name of ["half.json", "gone.json"]) {
    const approvals = keepApprovals(join(folder, name), nowhere, (_, what) => said.push(what));
    await approvals.sayWaiting();
  }
  expect(said).toEqual([]);
});
