import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { copyFiles } from "../files/copy-files.ts";

const scratch = makeRunFolder();
// Milliseconds. Three waits until it is certain that a run never ends, on busy cores.
const patience = 600_000;

/** Runs `npm run sweep` as npm does, with Node and its arguments. */
function sweep(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const command = [join(root, "scripts/sweep.ts"), ...args];
    const child = execFile(process.execPath, command, { cwd: root }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

test("what a crash does to another folder's agent is told", async () => {
  const folder = join(scratch, "not-durable");
  copyFiles(join(root, "solutions/01-durable-execution"), folder);
  const file = join(folder, "agent.ts");
  const found = `ctx.run("get weather", () => fetchWeather(city))`;
  writeFileSync(file, readFileSync(file, "utf8").replace(found, "fetchWeather(city)"));

  const { code, output } = await sweep("01", "--dir", relative(root, folder));
  expect(output).toContain("normal: nothing killed\n  not in a step: weather call 1");
  expect(output).toContain(
    "normal: model call 2, agent killed before it\n  repeated: 1 weather call",
  );
  expect(output).toContain(
    "normal: step 2 of run, agent killed before Restate has it\n  repeated: 1 weather call",
  );
  expect(output).toContain("always-replay: weather call 1, agent killed after it");
  expect(output).toMatch(/\n43 crash points, 0 lost, [1-9]\d* repeated\n$/);
  expect(code).toBe(1);
});

test("what never ends is told once a run, and not with a stack", {
  timeout: patience,
}, async () => {
  const folder = join(scratch, "never-ends");
  copyFiles(join(root, "solutions/01-durable-execution"), folder);
  const file = join(folder, "agent.ts");
  const sends = `ctx.genericSend({
        service: "WeatherAgent",
        method: "forever",
        parameter: null,
        inputSerde: restate.serde.json,
      });`;
  const forever = `forever: async () => {
      throw new Error("never");
    },`;
  const code = readFileSync(file, "utf8")
    .replace("      return text;", `      ${sends}\n      return text;`)
    .replace("handlers: {", `handlers: {\n    ${forever}`);
  writeFileSync(file, code);

  const { code: exit, output } = await sweep("01", "--dir", relative(root, folder));
  expect(output).toContain(
    "normal: nothing killed\n  lost: an end: something that the run has called never ends",
  );
  expect(output).not.toMatch(/\n +at /);
  expect(output).toMatch(/\n\d+ crash points, [1-9]\d* lost, 0 repeated\n$/);
  expect(exit).toBe(1);
});

test("two folders at once are refused", async () => {
  const { code, output } = await sweep("01", "--mine", "--dir", "exercises");
  expect(output).toBe("--dir and --mine name different folders.\nGive one of them.\n");
  expect(code).toBe(2);
});
