import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../checks/stage/run-folder.ts";
import { findTargets } from "./check-targets.ts";
import { readCommand, runCommand } from "./command.ts";

const command = "npm run diff";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise"], switches: [], values: [] };
  const { words } = readCommand(command, usage, process);
  const isColoured = process.stdout.isTTY && !process.env.NO_COLOR;
  for (const { chapter, file } of findTargets(command, words, { tree: "exercises" })) {
    const solution = join("solutions", chapter.slug, file.split("/").at(-1) ?? "");
    const options = ["--no-index", "--no-ext-diff", `--color=${isColoured ? "always" : "never"}`];
    const { stdout } = spawnSync("git", ["--no-pager", "diff", ...options, file, solution], {
      cwd: root,
      encoding: "utf8",
    });
    // From the first hunk on: what comes before it names blobs and modes.
    const hunks = stdout.split("\n").slice(stdout.split("\n").findIndex((line) => /@@/.test(line)));
    if (stdout === "") console.log(`${file} is as the solution.`);
    else console.log(`- ${file}\n+ ${solution}\n${hunks.join("\n")}`);
  }
});
