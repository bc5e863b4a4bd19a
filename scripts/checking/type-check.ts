import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { startChild } from "../../checks/stage/children.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { cleanEnvironment } from "../../checks/stage/environment.ts";
import { root, workshopFolder } from "../../checks/stage/run-folder.ts";

/** An error of the compiler; `file` is relative to the root of the repo. */
export interface CompileError {
  file: string;
  line: number;
  words: string;
}

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

/**
 * Type-checks files and what they import.
 *
 * @throws {CouldNotRun} if the compiler itself fails
 * @param files relative to the root of the repo
 */
export async function typeCheck(files: readonly string[]): Promise<CompileError[]> {
  const project = writeProject(files);
  const child = startChild(
    process.execPath,
    [compiler, "--project", project, "--pretty", "false", "--singleThreaded"],
    {
      cwd: root,
      env: cleanEnvironment({}),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  // The learner waits for the checks, so they come first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  const errors = readErrors(output);
  if (code !== 0 && errors.length === 0) {
    throw new CouldNotRun(
      `The type check did not run: ${stripVTControlCharacters(output).trim()}`,
      "Run `npm install`.",
    );
  }
  return errors;
}

/** The compiler accepts either files or a project's settings. This project has both. */
function writeProject(files: readonly string[]): string {
  // The compiler's cache for the files of a run is deleted with the run.
  const run = files[0]?.match(/^\.workshop\/run-[^/]+/)?.[0];
  const folder = run ? join(root, run) : join(workshopFolder, "types");
  mkdirSync(folder, { recursive: true });
  const name = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 12);
  const path = join(folder, `${name}.json`);
  const settings = {
    extends: relative(folder, join(root, "tsconfig.json")),
    compilerOptions: { incremental: true, tsBuildInfoFile: `${name}.tsbuildinfo` },
    files: files.map((file) => relative(folder, join(root, file))),
  };
  // Another check may read the same project. It must find the old text or the new one, never half.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(settings));
  renameSync(draft, path);
  return path;
}

function readErrors(output: string): CompileError[] {
  return [...output.matchAll(/^(.+?)\((\d+),\d+\): error TS\d+: (.*)$/gm)].map(
    ([, file = "", line, words = ""]) => ({ file, line: Number(line), words }),
  );
}
