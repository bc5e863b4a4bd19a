import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../checks/stage/run-folder.ts";
import { chapters } from "../manifest.ts";
import { copyWorkshop } from "./copy-workshop.ts";

/** A learner's clone, with the exercises as they come. */
function cloneWorkshop() {
  const folder = copyWorkshop();
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });
  git("init", "-q", "-b", "main");
  git("add", "exercises");
  git("-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qm", "as it comes");
  const run = (script: string, ...args: string[]) => {
    const command = [join(folder, "scripts", `${script}.ts`), ...args];
    const env = { ...process.env, NO_COLOR: "1" };
    const { stdout, stderr, status } = spawnSync(process.execPath, command, {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    return { code: status, output: stdout + stderr };
  };
  const path = (slug: string, file: string) => join(folder, "exercises", slug, file);
  return { run, path, read: (slug: string, file: string) => readFileSync(path(slug, file)) };
}

const slug = "03-human-in-the-loop";
const solution = (file: string) => readFileSync(join(root, "solutions", slug, file));

test("solve and reset keep what was there, and undo brings it back byte for byte", () => {
  const { run, path, read } = cloneWorkshop();
  const stub = read(slug, "agent.ts");
  const mine = Buffer.concat([stub, Buffer.from("// mine: \u00e9\r\n\0")]);
  writeFileSync(path(slug, "agent.ts"), mine);
  rmSync(path(slug, "agent-with-timeout.ts"));

  expect(run("solve", "03").output).toContain("Yours is kept: npm run undo");
  expect(read(slug, "agent.ts")).toEqual(solution("agent.ts"));
  expect(read(slug, "agent-with-timeout.ts")).toEqual(solution("agent-with-timeout.ts"));
  expect(run("reset", "03").output).toContain("agent-with-timeout.ts is as it came.");
  expect(read(slug, "agent.ts")).toEqual(stub);
  expect(run("reset", "03").output).toBe("Everything is as it came.\n");

  expect(run("undo").output).toContain("As before `npm run reset 03`");
  expect(read(slug, "agent.ts")).toEqual(solution("agent.ts"));
  expect(run("undo").output).toContain("agent-with-timeout.ts, which was not there");
  expect(read(slug, "agent.ts")).toEqual(mine);
  expect(() => read(slug, "agent-with-timeout.ts")).toThrow("ENOENT");
  expect(run("undo").output).toContain("There is nothing to undo");
});

test("undo loses nothing that was written since", () => {
  const { run, path, read } = cloneWorkshop();
  run("solve", "03", "agent");
  writeFileSync(path(slug, "agent.ts"), "written since");
  const [, kept = ""] = run("undo").output.match(/until now is in (\S+)/) ?? [];
  const folder = path(slug, "agent.ts").replace(/exercises\/.*/, "");
  expect(readFileSync(join(folder, kept, "exercises", slug, "agent.ts"), "utf8")).toBe(
    "written since",
  );
  expect(read(slug, "agent.ts").toString()).toContain("TODO");
});

test("solve --until solves every chapter before that one, and no other", () => {
  const { run, read } = cloneWorkshop();
  expect(run("solve", "--until", "03").code).toBe(0);
  for (const chapter of chapters) {
    const isBefore = chapter.number < "03";
    for (const { id } of chapter.exercises) {
      const file = `${id}.ts`;
      const solved = readFileSync(join(root, "solutions", chapter.slug, file));
      expect(read(chapter.slug, file).equals(solved)).toBe(isBefore);
    }
  }
  expect(run("solve", "--until", "01").output).toMatch(/^There is no chapter before 01\./);
});

test("hint gives one tier after another, TODO by TODO, and then names the diff", () => {
  const { run } = cloneWorkshop();
  const tiers = Array.from({ length: 6 }, () => run("hint", "01", "agent").output);
  expect(tiers[0]).toMatch(/^01 agent, TODO 1: keep every answer .*\n\nHint 1 of 3 {2}When /);
  expect(
    tiers.map((told) =>
      told
        .match(/TODO (\d)[\s\S]*Hint (\d)/)
        ?.slice(1)
        .join("."),
    ),
  ).toEqual(["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]);
  expect(run("hint", "01").output).toContain("npm run diff 01");
  expect(run("hint", "01", "agent", "2").output).toContain("Hint 3 of 3");
  expect(run("hint", "01", "agent", "9").code).toBe(2);
});

test.each(["hint", "diff", "solve", "reset"])(
  "%s without a chapter says what to type",
  (script) => {
    const { output, code } = cloneWorkshop().run(script);
    expect(output).toMatch(new RegExp(`^Which chapter\\?\\nType: npm run ${script} 01 `));
    expect(code).toBe(2);
  },
);

test("diff shows the way from yours to the solution", () => {
  const { run } = cloneWorkshop();
  const { output } = run("diff", "01");
  expect(output).toMatch(/^- exercises\/01-durable-execution\/agent\.ts\n\+ solutions\//);
  expect(output).toMatch(/^\+ .*durableCalls\(ctx/m);
  run("solve", "01");
  expect(run("diff", "01").output).toBe(
    "exercises/01-durable-execution/agent.ts is as the solution.\n",
  );
});
