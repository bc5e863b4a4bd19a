import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chapters } from "../../manifest.ts";
import { copyFiles } from "../files/copy-files.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";

const all = chapters.flatMap((chapter) => chapter.exercises).length;

test("npm run check without a number checks the current exercise, and moves on", () => {
  const workshop = copyWorkshop();
  const run = (script: string, ...args: string[]) => {
    const command = [join(workshop, "scripts", `${script}.ts`), ...args];
    const env = { ...process.env, NO_COLOR: "1" };
    return spawnSync(process.execPath, command, { cwd: workshop, encoding: "utf8", env });
  };
  const solve = (file: string) =>
    copyFiles(join(workshop, "solutions", file), join(workshop, "exercises", file));

  const failed = () => {
    const { work } = JSON.parse(readFileSync(join(workshop, ".workshop/progress.json"), "utf8"));
    return work["01 agent"].failed;
  };

  const first = run("check");
  expect(first.stdout).toMatch(/exercises\/01-durable-execution\/agent\.ts\n$/);
  expect(first.status).toBe(1);
  expect(run("progress").stdout).toContain(`0 of ${all} exercises passed.\nNext: 01 agent,`);
  expect(failed()).toBe("crash-before-weather");
  expect(run("hint").stdout).toMatch(
    /^01\.crash-before-weather failed in your last check\..*\n01 agent, TODO 1:/,
  );

  // Somebody who skips ahead gets the hint for what failed there.
  expect(run("check", "03", "agent").status).toBe(1);
  expect(run("hint").stdout).toMatch(/^03\.\S+ failed in your last check\./);

  solve("01-durable-execution/agent.ts");
  const passed = run("check");
  expect(passed.stdout).toMatch(
    /\n\nWhy it works: Each call of the model and of the tool is a step/,
  );
  expect(passed.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(passed.stdout).toMatch(
    /npm run diff 01 agent\nNext: 02 agent, .*npm run check 02 agent\n$/,
  );
  expect(passed.status).toBe(0);
  expect(failed()).toBeUndefined();
  expect(run("hint").stdout).toMatch(/^01 agent has passed\.\nNext: 02 agent, /);
  const { stdout } = run("progress");
  expect(stdout).toMatch(/^01 Durable execution\n {2}✓ agent +1 of 15 min\n/);
  expect(stdout).toContain(`1 of ${all} exercises passed.\nNext: 02 agent,`);
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);

  expect(run("check", "--solution").stderr).toMatch(/^Which chapter\?\n/);
  writeFileSync(join(workshop, ".workshop/progress.json"), "not json");
  expect(run("progress").stdout).toContain(`0 of ${all} exercises passed.`);
});
