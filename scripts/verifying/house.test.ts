import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "../../checks/stage/run-folder.ts";
import { copyFiles } from "../files/copy-files.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";

const linter = join(root, "node_modules/@biomejs/biome/bin/biome");

describe("the linter rejects an import that runs", () => {
  const house = copyWorkshop();

  beforeAll(() => {
    for (const name of ["biome.json", ".gitignore"]) copyFiles(join(root, name), join(house, name));
    execFileSync("git", ["init", "--quiet"], { cwd: house });
  });

  test.each([
    [
      "from an agent to the checks",
      "exercises/01-durable-execution",
      "../../checks/shared/hints.ts",
    ],
    [
      "from an agent to another chapter",
      "solutions/02-observing-agents",
      "../01-durable-execution/app.ts",
    ],
    ["from a check to a command", "checks/01-durable-execution", "../../scripts/check.ts"],
    ["from the stage to a report", "checks/stage", "../report/times.ts"],
    ["from the stage to a chapter", "checks/stage/world", "../../08-advanced-patterns/trips.ts"],
    ["from a report to what chapters share", "checks/report", "../shared/weather.ts"],
    ["from what chapters share to one", "checks/shared", "../04-chat-memory/chats.ts"],
    ["from a room to a command", "scripts/checking", "../check.ts"],
    ["from a room to one above it", "scripts/learner", "../checking/round.ts"],
    ["from the terminal to a room", "scripts/terminal", "../learner/targets.ts"],
  ])("%s", (_, folder, spec) => {
    expect(lint(folder, `import ${JSON.stringify(spec)};\n`)).toContain("noRestrictedImports");
  });

  test("in a circle, of types too", () => {
    const back = 'import type { Back } from "./circle.ts";\nexport type There = Back;\n';
    writeFileSync(join(house, "checks/stage/there.ts"), back);
    const there = 'import type { There } from "./there.ts";\nexport type Back = There;\n';
    expect(lint("checks/stage", there)).toContain("noImportCycles");
  });

  /** What the linter prints about a file with this text. */
  function lint(folder: string, text: string): string {
    const file = join(house, folder, "circle.ts");
    writeFileSync(file, text);
    const { stdout, stderr } = spawnSync(process.execPath, [linter, "lint", file], {
      cwd: house,
      encoding: "utf8",
    });
    rmSync(file);
    return stdout + stderr;
  }
});

test("scripts/ has one file per npm command, and each room says what may be in it", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const commands = Object.keys(scripts).filter((name) => name !== "test");
  expect(filesIn("scripts")).toEqual(commands.map((name) => `${name}.ts`).sort());
  const rooms = ["scripts", "checks"].flatMap((place) =>
    foldersIn(place).map((name) => ({ name, folder: join(place, name) })),
  );
  for (const { name, folder } of rooms.filter(({ name }) => !/^\d|^stubs$/.test(name))) {
    const [first = ""] = filesIn(folder).filter((file) => /(?<!\.test)\.ts$/.test(file));
    const [begins] = readFileSync(join(root, folder, first), "utf8").split("\n");
    expect(begins, join(folder, first)).toMatch(new RegExp(`^// ${name}/: \\w.*\\.$`));
  }
});

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
}

function foldersIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}
