import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { ReporterMessage } from "../../checks/report/result.ts";
import { type Asked, asVariables } from "../../checks/stage/asked.ts";
import { startChild } from "../../checks/stage/children.ts";
import { limitCompileCache } from "../../checks/stage/compile-cache.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { cleanEnvironment } from "../../checks/stage/environment.ts";
import type { Request } from "../../checks/stage/global-setup.ts";
import { claimWorkshopFolder, root } from "../../checks/stage/run-folder.ts";
import { onSave } from "../files/on-save.ts";

const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporter = join(root, "checks", "report", "reporter.ts");

/** How to find out whether the learner's code or the workshop is at fault. */
export const whoseFault =
  "Check the solution in the same way, with `-- --solution`: if the checks break there too, the workshop has a bug.";

/** Which checks to run, on what. */
export interface ChecksToRun {
  /** Test files, relative to the root of the repo. */
  suites: readonly string[];
  asked: Asked;
  /** Runs them again whenever a file is saved, until the signal says to stop. */
  watch: boolean;
}

/**
 * Runs suites in a vitest process of their own, with an environment built from a list.
 *
 * @param onMessage gets each result as it comes
 * @throws {CouldNotRun} if vitest ends before the checks do, or something other than a check fails
 */
export async function runChecks(
  checks: ChecksToRun,
  signal: AbortSignal,
  onMessage: (message: ReporterMessage) => void,
): Promise<void> {
  if (root.includes("?")) {
    throw new CouldNotRun(
      "The path of this folder has a ? in it, and vitest, which runs the checks, does not accept that.",
      "Give the folder another name, and check again.",
    );
  }
  claimWorkshopFolder();
  limitCompileCache();
  // vitest writes its settings there.
  accessSync(join(root, "node_modules"), constants.W_OK);
  const child = startChild(
    process.execPath,
    [vitest, ...[checks.watch ? "watch" : "run", "--reporter", reporter], ...checks.suites],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: cleanEnvironment({ ...asVariables(checks.asked), ...engineOf(checks.asked) }),
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ask = (request: Request) => child.send(request, () => {});
  let trouble: string | undefined;
  let ended = false;
  child.on("message", (message: ReporterMessage) => {
    if (message.kind === "ended") {
      ended = true;
      trouble = message.trouble;
      if (checks.watch) ask("get ready");
    }
    onMessage(message);
  });
  const stopWatching = checks.watch
    ? onSave(foldersOf(checks), () => ask({ checkAgain: checks.suites }))
    : () => {};
  const stop = () => {
    stopWatching();
    ask("stop");
    setTimeout(() => child.kill("SIGKILL"), 3000).unref();
  };
  signal.addEventListener("abort", stop);
  await new Promise((resolve) => child.once("close", resolve));
  signal.removeEventListener("abort", stop);
  stopWatching();

  if (signal.aborted) return;
  if (!ended)
    throw new CouldNotRun(
      `The checks did not run: ${stripVTControlCharacters(output).trim()}`,
      "Run `npm install`.",
    );
  if (trouble !== undefined) {
    throw new CouldNotRun(`The checks broke: ${trouble}`, whoseFault);
  }
}

/** What the shell says about the Docker engine, if one is asked for. */
function engineOf({ runtime }: Asked): Record<string, string> {
  if (runtime.kind !== "docker") return {};
  const named = Object.entries(process.env).filter(([name]) =>
    /^(DOCKER|TESTCONTAINERS)_/.test(name),
  );
  return Object.fromEntries(named) as Record<string, string>;
}

/** What a learner saves while the checks watch. */
function foldersOf({ asked: { where } }: ChecksToRun): string[] {
  const folders = "tree" in where ? [where.tree] : where.subjects.map(({ folder }) => folder);
  return [...folders, "exercises/world"].map((folder) => join(root, folder));
}
