import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../checks/stage/run-folder.ts";
import { chapters } from "../../manifest.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";

/** A learner's copy with the original exercises and without git. */
function cloneWorkshop() {
  const folder = copyWorkshop();
  const runIn = (place: string, settings: object, script: string, ...args: string[]) => {
    const {
      env = {},
      node = [],
      ...others
    } = settings as {
      env?: NodeJS.ProcessEnv;
      node?: string[];
    };
    const command = [...node, join(folder, "scripts", `${script}.ts`), ...args];
    const cwd = join(folder, place);
    const { stdout, stderr, status } = spawnSync(process.execPath, command, {
      cwd: folder,
      encoding: "utf8",
      // The folder in which npm was called, as npm passes it on.
      env: { ...process.env, NO_COLOR: "1", INIT_CWD: cwd, ...env },
      ...others,
    });
    return { code: status, output: stdout + stderr };
  };
  const run = (script: string, ...args: string[]) => runIn("", {}, script, ...args);
  const path = (slug: string, file: string) => join(folder, "exercises", slug, file);
  const read = (slug: string, file: string) => readFileSync(path(slug, file));
  return { folder, run, runIn, path, read };
}

const slug = "03-human-in-the-loop";
const solution = (file: string) => readFileSync(join(root, "solutions", slug, file));

test("solve and reset keep what was there, and undo brings it back byte for byte", () => {
  const { run, path, read } = cloneWorkshop();
  const stub = read(slug, "agent.ts");
  const mine = Buffer.concat([stub, Buffer.from("// mine: \u00e9\r\n\0")]);
  writeFileSync(path(slug, "agent.ts"), mine);
  rmSync(path(slug, "agent-with-timeout.ts"));

  expect(run("solve", "03").output).toContain("Your code is kept. To get it back: npm run undo");
  expect(read(slug, "agent.ts")).toEqual(solution("agent.ts"));
  expect(read(slug, "agent-with-timeout.ts")).toEqual(solution("agent-with-timeout.ts"));
  expect(run("reset", "03").output).toContain("agent-with-timeout.ts is in its original state.");
  expect(read(slug, "agent.ts")).toEqual(stub);
  expect(run("reset", "03").output).toBe("Everything is in its original state.\n");

  expect(run("undo").output).toContain("Restored to the state before `npm run reset 03`");
  expect(read(slug, "agent.ts")).toEqual(solution("agent.ts"));
  expect(run("undo").output).toContain("agent-with-timeout.ts, which did not exist");
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

test.each(["diff", "solve", "reset"])("%s without a chapter says what to type", (script) => {
  const { output, code } = cloneWorkshop().run(script);
  expect(output).toMatch(new RegExp(`^Which chapter\\?\\nType: npm run ${script} 01 `));
  expect(code).toBe(2);
});

test("diff shows the way from yours to the solution", () => {
  const { run } = cloneWorkshop();
  const { output } = run("diff", "01");
  expect(output).toMatch(/^- exercises\/01-durable-execution\/agent\.ts\n\+ solutions\//);
  expect(output).toMatch(/^\+ .*durableCalls\(ctx/m);
  run("solve", "01");
  expect(run("diff", "01").output).toBe(
    "exercises/01-durable-execution/agent.ts is the same as the solution.\n",
  );
});

describe("reset brings back what came, and not what a learner has committed", () => {
  const commit = "-c user.name=a -c user.email=a@localhost commit -qm".split(" ");

  test.each<[string, readonly (readonly string[])[]]>([
    [
      "on a branch of one's own",
      [
        ["switch", "-qc", "mine"],
        [...commit, "mine", "-a"],
      ],
    ],
    [
      "after a push to a fork",
      [
        [...commit, "mine", "-a"],
        ["init", "-q", "--bare", "fork.git"],
        ["remote", "add", "origin", "./fork.git"],
        ["push", "-qu", "origin", "HEAD"],
      ],
    ],
    ["in a zip that became a repo", [[...commit, "mine", "-a"]]],
  ])("%s", (_, commands) => {
    const { folder, run, read } = cloneWorkshop();
    const stub = read(slug, "agent.ts");
    const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: folder });
    git("init", "-q");
    git("add", "exercises");
    git(...commit, "the original");
    run("solve", "03");
    for (const command of commands) git(...command);
    expect(run("reset", "03").output).toContain("agent.ts is in its original state.");
    expect(read(slug, "agent.ts")).toEqual(stub);
  });

  test("where there is no git at all, a folder and the world are gone", () => {
    const { folder, runIn, read } = cloneWorkshop();
    const lesson = read(slug, "README.md");
    rmSync(join(folder, "exercises"), { recursive: true });
    const nowhere = { env: { PATH: "/nowhere" } };
    expect(runIn("", nowhere, "diff", "03").output).toBe(
      `There is no exercises/${slug}/agent.ts.\nBring it back with: npm run reset 03\n`,
    );
    expect(runIn("", nowhere, "reset", "all").code).toBe(0);
    expect(read(slug, "README.md")).toEqual(lesson);
    expect(existsSync(join(folder, "exercises/world/http.ts"))).toBe(true);
    expect(runIn("", nowhere, "solve", "03").code).toBe(0);
    expect(runIn("", nowhere, "diff", "03", "agent").output).toContain(
      "is the same as the solution.",
    );
  });

  test("and takes no other line ends or a byte order mark for a change", () => {
    const { run, path, read } = cloneWorkshop();
    const crlf = read(slug, "agent.ts").toString().replaceAll("\n", "\r\n");
    writeFileSync(path(slug, "agent.ts"), `\uFEFF${crlf}`);
    expect(run("reset", "03").output).toBe("Everything is in its original state.\n");
    const changed = run("diff", "03", "agent").output.match(/^[-+]/gm)?.length ?? 0;
    expect(changed).toBeLessThan(crlf.split("\n").length);
  });
});

test("in an exercise's folder its chapter is meant", () => {
  const { runIn } = cloneWorkshop();
  const here = `exercises/${slug}`;
  expect(runIn(here, {}, "hint").output).toMatch(/^03 agent, TODO 1: /);
  expect(runIn(here, {}, "diff", "agent-with-timeout").output).toMatch(
    `- ${here}/agent-with-timeout.ts`,
  );
  expect(runIn(here, {}, "solve").output).toContain(`${here}/agent.ts is the solution now.`);
  expect(runIn(here, {}, "diff").output).toContain(`${here}/agent.ts is the same as the solution.`);
  expect(runIn(here, {}, "reset").output).toContain(`${here}/agent.ts is in its original state.`);
  expect(runIn(here, {}, "check", "nothing").output).toMatch(
    /^Chapter 03 has no exercise "nothing"/,
  );
  expect(runIn(here, {}, "diff", "01").output).toMatch("- exercises/01-durable-execution/agent.ts");
});

test("an exercise that is a link to somewhere else is told in two lines", () => {
  const { folder, run, path } = cloneWorkshop();
  const elsewhere = mkdtempSync(join(tmpdir(), "elsewhere-"));
  writeFileSync(join(elsewhere, "agent.ts"), "");
  rmSync(path(slug, "agent.ts"));
  symlinkSync(join(elsewhere, "agent.ts"), path(slug, "agent.ts"));
  for (const script of ["check", "diff"]) {
    const { code, output } = run(script, "03", "agent");
    expect(output.split("\n")).toEqual([
      expect.stringContaining(`exercises/${slug}/agent.ts is a link to a place outside this repo`),
      "Replace the link with the file itself.",
      "",
    ]);
    expect(code).toBe(2);
  }
  rmSync(elsewhere, { recursive: true });
  expect(existsSync(join(folder, ".workshop"))).toBe(false);
});

describe("whatever step fails, a learner's file is there, and theirs can be had back", () => {
  test.each([["once"], ["from then on"]])("%s", (how) => {
    for (let nth = 1; ; nth++) {
      const { folder, run, runIn, path, read } = cloneWorkshop();
      const mine = Buffer.concat([read(slug, "agent.ts"), Buffer.from("// mine\n")]);
      writeFileSync(path(slug, "agent.ts"), mine);
      const failing = {
        env: { FAIL_AT: `${nth}${how === "once" ? "" : "-"}` },
        node: ["--import", join(root, "scripts/files/failing-disk.ts")],
      };
      const { code, output } = runIn("", failing, "solve", "03", "agent");
      const found = read(slug, "agent.ts");
      expect([mine, solution("agent.ts")].some((whole) => whole.equals(found))).toBe(true);
      expect(output).not.toContain("    at ");
      if (code !== 0) expect(output.trim().split("\n")).toHaveLength(2);
      if (!found.equals(mine)) run("undo");
      expect(read(slug, "agent.ts")).toEqual(mine);
      rmSync(folder, { recursive: true });
      if (code === 0 && output.includes("Your code is kept") && nth > 12) break;
      expect(nth).toBeLessThan(100);
    }
  });
});

test.skipIf(process.getuid?.() !== 0)(
  "solve, reset and undo work where the folder is another's, and modes may not be changed",
  () => {
    const { folder, runIn, read, path } = cloneWorkshop();
    execFileSync("chmod", ["-R", "a+rwX", folder]);
    const other = { uid: 65_534, gid: 65_534 };
    const mine = read(slug, "agent.ts");
    expect(runIn("", other, "solve", "03", "agent").output).toContain("is the solution now.");
    expect(read(slug, "agent.ts")).toEqual(solution("agent.ts"));
    expect(runIn("", other, "reset", "03", "agent").code).toBe(0);
    expect(runIn("", other, "undo").code).toBe(0);
    expect(runIn("", other, "undo").code).toBe(0);
    expect(read(slug, "agent.ts")).toEqual(mine);

    execFileSync("chmod", ["-R", "a-w", folder]);
    for (const script of ["solve", "reset", "check"]) {
      writeFileSync(path(slug, "agent.ts"), "mine");
      const { code, output } = runIn("", other, script, "03", "agent");
      expect(output.split("\n")).toEqual([
        expect.stringContaining("belongs to root"),
        "Type, in this folder: sudo chown -R $USER .",
        "",
      ]);
      expect(code).toBe(2);
    }
    expect(read(slug, "agent.ts").toString()).toBe("mine");
  },
);

test("solve keeps no second copy of what it does not change, and brings back what goes with it", () => {
  const { run, path, read } = cloneWorkshop();
  const mine = Buffer.concat([read(slug, "agent.ts"), Buffer.from("// mine\n")]);
  writeFileSync(path(slug, "agent.ts"), mine);
  rmSync(path(slug, "app.ts"));
  expect(run("solve", "03").output).toContain(`exercises/${slug}/app.ts is in its original state.`);
  expect(run("solve", "03").output).toBe("The solution is already there.\n");
  run("undo");
  expect(read(slug, "agent.ts")).toEqual(mine);
});

test("nothing is written through a link to somewhere else, or where a folder lies", () => {
  const { folder, run, path } = cloneWorkshop();
  const elsewhere = mkdtempSync(join(tmpdir(), "elsewhere-"));
  writeFileSync(join(elsewhere, "agent.ts"), "theirs");
  const twoLines = (output: string, why: RegExp) => {
    expect(output).toMatch(why);
    expect(output.trim().split("\n")).toHaveLength(2);
  };
  rmSync(path(slug, ""), { recursive: true });
  for (const target of [elsewhere, "/nowhere"]) {
    symlinkSync(target, join(folder, "exercises", slug));
    for (const script of ["solve", "reset", "diff"]) {
      twoLines(run(script, "03").output, /03-human-in-the-loop is a link[\s\S]*the folder itself/);
    }
    rmSync(join(folder, "exercises", slug));
  }
  expect(readFileSync(join(elsewhere, "agent.ts"), "utf8")).toBe("theirs");
  rmSync(elsewhere, { recursive: true });

  expect(run("reset", "03").code).toBe(0);
  rmSync(path(slug, "agent.ts"));
  mkdirSync(path(slug, "agent.ts"));
  for (const script of ["solve", "reset", "diff", "check"]) {
    twoLines(run(script, "03", "agent").output, /agent\.ts is a folder, but must be a file/);
  }
});

test("files of the workshop's own that are broken are told in two lines, or passed over", () => {
  const { folder, run, path, read } = cloneWorkshop();
  writeFileSync(join(folder, ".workshop"), "");
  for (const script of ["solve", "hint", "check"]) {
    const { output, code } = run(script, "03", "agent");
    expect(output).not.toContain("    at ");
    expect(output).toContain("Rename what is there");
    expect(code).toBe(2);
  }
  rmSync(join(folder, ".workshop"));
  const mine = "mine";
  writeFileSync(path(slug, "agent.ts"), mine);
  run("solve", "03", "agent");
  mkdirSync(join(folder, ".workshop/copies/9999"));
  writeFileSync(join(folder, ".workshop/copies/9999/copy.json"), "");
  writeFileSync(join(folder, ".workshop/running-8080.json"), "");
  expect(run("undo").output).toContain("Restored to the state before `npm run solve 03 agent`");
  expect(read(slug, "agent.ts").toString()).toBe(mine);
  expect(run("break").output).toMatch(/^npm start is not running/);
});

test("a file that came with the workshop and is gone is named, with what brings it back", () => {
  const { folder, run, path } = cloneWorkshop();
  rmSync(path("01-durable-execution", "utils.ts"));
  expect(run("check", "01").output.replace(/\s+/g, " ")).toContain("npm run reset 01");
  expect(run("reset", "01").code).toBe(0);
  rmSync(path("01-durable-execution", "app.ts"));
  const words = run("check", "01").output.replace(/\s+/g, " ");
  expect(words).toContain("A file of the exercise was deleted or renamed.");
  expect(words).toContain("npm run reset 01");
  rmSync(join(folder, "exercises/world/http.ts"));
  expect(run("reset", "01").output).toContain("exercises/world/http.ts is in its original state.");
});

test.skipIf(process.getuid?.() !== 0)("packages that are root's are told as such", () => {
  const { folder, runIn } = cloneWorkshop();
  execFileSync("chmod", ["-R", "a+rwX", folder]);
  execFileSync("chown", ["-R", "--no-dereference", "65534", folder]);
  const other = { uid: 65_534, gid: 65_534 };
  for (const script of ["check", "doctor"]) {
    const { output, code } = runIn("", other, script, ...(script === "check" ? ["01"] : []));
    expect(output).toContain("node_modules belongs to root");
    expect(output).toContain("sudo chown -R $USER .");
    expect(output).not.toContain("    at ");
    expect(code).not.toBe(0);
  }
});
