import { renderFailure, renderLine } from "../checks/report/render.ts";
import { asJson, type CheckResult } from "../checks/report/result.ts";
import type { Target } from "./check-targets.ts";
import { writeJson } from "./json-file.ts";
import { typeCheck } from "./type-check.ts";

/** One run of all the checks asked for, told as it goes. */
export class Round {
  #results: CheckResult[] = [];
  #seed: number | undefined;
  #told: Promise<void>;
  readonly #targets: readonly Target[];

  /** Begins with the type check, which goes on beside the others and is told first. */
  constructor(targets: readonly Target[]) {
    this.#targets = targets;
    this.#told = checkTypes(targets).then((result) => this.#tell(result));
    this.#told.catch(() => {});
  }

  add(result: CheckResult, seed: number): void {
    this.#seed = seed;
    this.#told = this.#told.then(() => this.#tell(result));
    this.#told.catch(() => {});
  }

  /**
   * Tells the first failure in full and the others in a line each, writes the results to a file
   * where one is named, and sets the exit code.
   *
   * @throws {CouldNotRun} where no check ran, or the file cannot be written
   */
  async end(json: string | undefined): Promise<void> {
    await this.#told;
    if (json !== undefined) writeJson(json, this.#results.map(asJson));
    const failed = this.#results.filter(({ verdict }) => verdict === "fail");
    const [first, ...others] = failed;
    if (first) console.log(`\n${renderFailure(first)}`);
    if (others.length > 0) {
      console.log("\nAlso failed, perhaps for the same reason:");
      for (const other of others) console.log(`  ${renderLine(other)}`);
    }
    const passed = this.#results.filter(({ verdict }) => verdict === "pass").length;
    const skipped = this.#results.length - passed - failed.length;
    const skips = skipped > 0 ? `, ${skipped} skipped` : "";
    console.log(`\n${passed} passed, ${failed.length} failed${skips} (seed ${this.#seed})`);
    for (const { file } of this.#targets) console.log(file);
    process.exitCode = failed.length === 0 ? 0 : 1;
  }

  #tell(result: CheckResult): void {
    this.#results.push(result);
    console.log(renderLine(result));
  }
}

async function checkTypes(targets: readonly Target[]): Promise<CheckResult> {
  const begun = performance.now();
  const errors = await typeCheck(targets.map(({ file }) => file));
  const [first] = errors;
  const numbers = new Set(targets.map(({ chapter }) => chapter.number));
  return {
    id: `${numbers.size === 1 ? [...numbers][0] : "all"}.types`,
    title: "the code compiles",
    verdict: first ? "fail" : "pass",
    mode: "normal",
    message: errors.map(({ file, line, words }) => `${file}:${line} ${words}`).join("\n"),
    ms: Math.round(performance.now() - begun),
    ...(first && {
      explanation: {
        did: `${first.file}:${first.line} does not compile: ${first.words}`,
        asks: "The code must compile; an editor shows the same errors as you type.",
        cause: "A slip in that line, or an import that is missing.",
        next: "Mend that line, save, and check again.",
      },
    }),
  };
}
