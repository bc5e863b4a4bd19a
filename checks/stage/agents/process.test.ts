import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanEnvironment } from "../environment.ts";
import { makeRunFolder } from "../run-folder.ts";
import { startAgents } from "./process.ts";

const scratch = makeRunFolder();

/** Serves an app.ts with this text; returns why that fails. */
async function failureOf(name: string, app: string): Promise<string> {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "app.ts"), app);
  const agents = startAgents({
    folders: [folder],
    services: { but: [] },
    port: 0,
    environment: cleanEnvironment({}),
    clockBehind: 0,
    hastyTimers: false,
    edits: {},
  });
  return agents.then(
    () => "served",
    (error: Error) => error.message.replace(/\S*\/(?=[\w-]+\/app\.ts)/, ""),
  );
}

test.each([
  [
    "throws",
    'throw new TypeError("no model today");',
    "throws/app.ts:1: TypeError: no model today",
  ],
  ["syntax", "const x = 1;\nconst = 2;", /syntax\/app\.ts:2: SyntaxError/],
  ["missing", 'import "./nowhere.ts";', /Cannot find module .*nowhere\.ts/],
  ["exits", "process.exit(0);", "ended itself with exit code 0"],
])("says why agents are not served: %s", async (name, app, why) => {
  expect(await failureOf(name, app)).toMatch(why);
});
