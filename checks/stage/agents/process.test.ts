import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment } from "../environment.ts";
import { isRunning, makeRunFolder, root } from "../run-folder.ts";
import { keepBlanks, takeBlank } from "./blanks.ts";
import { startAgents } from "./process.ts";
import type { ClockSetting } from "./role.ts";

const scratch = makeRunFolder();
const keeper = keepBlanks();
afterAll(() => keeper.close());

/** Serves an app.ts with this text, sets its clock, then kills its process. */
async function serve(name: string, app: string, ...clock: ClockSetting[]) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "app.ts"), app);
  let printed = "";
  const agents = await startAgents({
    folders: [folder],
    services: { but: [] },
    port: 0,
    environment: cleanEnvironment({ TOLD: "from outside" }),
    hastyTimers: false,
    edits: {},
    onOutput: (text) => {
      printed += text;
    },
  });
  for (const setting of clock) await agents.setClock?.(setting);
  const answers = await agents.responds(3000);
  await agents.kill();
  return { printed, answers, ended: await agents.ended };
}

/** How many files of compiled code a process leaves after it has served a folder. */
async function countCodeLeft(folder: string): Promise<number> {
  const cache = makeRunFolder();
  const agents = await startAgents({
    folders: [folder],
    services: { but: [] },
    port: 0,
    environment: cleanEnvironment({ NODE_COMPILE_CACHE: cache }),
    hastyTimers: false,
    edits: {},
  });
  await agents.kill();
  return readdirSync(cache, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    .length;
}

/** Why an app.ts is not served. */
function failureOf(name: string, app: string): Promise<string> {
  return serve(name, app).then(
    () => "served",
    (error: Error) => error.message.replace(/\S*\/(?=[\w-]+\/app\.ts)/, ""),
  );
}

test("one that has ended itself, and is not known to have, may be killed", async () => {
  await takeBlank();
  keeper.getReady();
  const host = await takeBlank();
  const { pid = 0 } = host ?? {};
  process.kill(pid, "SIGTERM");
  // Wait until the system no longer knows the process. The host learns later that it has ended.
  while (isRunning(pid)) await new Promise(setImmediate);
  await host?.kill();
  expect(host?.isGone).toBe(true);
});

test("leaves compiled code of a folder that stays, and none of a run's copy", async () => {
  const solution = join(root, "solutions", "01-durable-execution");
  const copy = join(scratch, "copy");
  mkdirSync(copy);
  for (const name of readdirSync(solution)) {
    writeFileSync(join(copy, name), readFileSync(join(solution, name)));
  }
  expect(await countCodeLeft(solution)).toBeGreaterThan(0);
  expect(await countCodeLeft(copy)).toBe(0);
});

test("tells what is logged until it ends itself, and why it has", async () => {
  const folder = join(scratch, "logs");
  mkdirSync(folder, { recursive: true });
  const app =
    'console.log("last\\nwords");\nconsole.error(new Error("of mine"));\nprocess.exit(1);\n';
  writeFileSync(join(folder, "app.ts"), app);
  const logged: string[] = [];
  const starting = startAgents({
    folders: [folder],
    services: { but: [] },
    port: 0,
    environment: cleanEnvironment({}),
    hastyTimers: false,
    edits: {},
    onLogged: ({ text }) => logged.push(text),
  });
  await expect(starting).rejects.toThrow(/logs\/app\.ts:2: Error: of mine$/);
  expect(logged).toEqual(["last\nwords", expect.stringContaining("Error: of mine\n    at ")]);
});

// The order matters: the tests of the first way ask for the blank processes that the second way takes.
describe.each([
  ["a new process", 3],
  ["one that waited, blank", 2],
])("%s", (way, argumentsThen) => {
  if (argumentsThen === 2) beforeAll(() => keeper.getReady());

  test.each([
    ["throws", 'throw new TypeError("no model today");', "app.ts:1: TypeError: no model today"],
    ["syntax", "const x = 1;\nconst = 2;", /app\.ts:2: SyntaxError/],
    ["missing", 'import "./nowhere.ts";', /Cannot find module .*nowhere\.ts/],
    ["exits", "process.exit(0);", "exited with code 0"],
  ])("says why agents are not served: %s", async (name, app, why) => {
    expect(await failureOf(`${way} ${name}`, app)).toMatch(why);
  });

  test("serves with the environment and the clock that are asked for, and prints nothing else", async () => {
    const told = "[process.argv.length, process.env.TOLD]";
    const year = "({ clock }) => clock && console.log(new Date().getFullYear())";
    const app = `console.log(JSON.stringify(${told}));\nprocess.on("message", ${year});\nexport const services = [];\n`;
    const decade = 10 * 366 * 24 * 3_600_000;
    const { printed, answers, ended } = await serve(
      `${way} serves`,
      app,
      { behind: decade },
      { at: Date.now() - decade / 2 },
      // It is later than that already, and a clock does not go back by itself.
      { at: Date.now() - decade },
      { behind: 0 },
    );
    const [first = "", ...others] = printed.trim().split("\n");
    expect(JSON.parse(first)).toEqual([argumentsThen, "from outside"]);
    const yearBefore = (ago: number) => String(new Date(Date.now() - ago).getFullYear());
    const years = others.filter((line) => /^\d{4}$/.test(line));
    expect(years).toEqual([decade, decade / 2, decade / 2, 0].map(yearBefore));
    expect(others.filter((line) => !/request signatures|^\d{4}$/.test(line))).toEqual([]);
    expect(answers).toBe(true);
    expect(ended).toBe("it was ended by SIGKILL.");
  });
});
