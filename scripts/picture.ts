import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { root } from "../checks/stage/run-folder.ts";
import { stubs } from "../manifest.ts";
import { drawTerminal } from "./deck/terminal-picture.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

const file = join(root, "slides", "screenshots", "failed-check.svg");

await runCommand(async () => {
  readCommand("npm run picture", { words: [], switches: [], values: [] }, process);
  // The original stub, with the same cities each time.
  const stub = join(stubs, "01-durable-execution");
  const command = [join(root, "scripts/check.ts"), "01", "--dir", stub, "--seed", "4711"];
  const { NO_COLOR: _, ...environment } = process.env;
  const { status, stdout } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: "utf8",
    env: { ...environment, FORCE_COLOR: "1" },
  });
  if (status !== 1) {
    throw new CouldNotRun(
      "The stub of chapter 01 does not fail, so there is nothing to show.",
      "npm run verify 01 says what is wrong with it.",
    );
  }
  const [, failure = ""] = stdout.split(/\n\n(?=\S*✗)/);
  const text = `$ npm run check 01\n\n${failure.split("\n\nAlso failed")[0]}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, drawTerminal(text, "A failed check, with its timeline"));
  console.log("slides/screenshots/failed-check.svg");
});
