import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Explanation } from "../../checks/report/check-failed.ts";
import { renderEarly, renderFailures, renderLine } from "../../checks/report/render.ts";
import { asJson, type CheckResult } from "../../checks/report/result.ts";
import { endsInTs } from "../../checks/stage/agents/crash.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type LostFile, lostFile } from "../../checks/stage/lost-file.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { writeJson } from "../files/json-file.ts";
import { type Checked, nameOf } from "../learner/progress-file.ts";
import type { Target } from "../learner/targets.ts";
import { whoseFault } from "./run-checks.ts";
import { type CompileError, typeCheck } from "./type-check.ts";

/** One run of all the checks asked for, told as it goes. */
export class Round {
  #results: CheckResult[] = [];
  /** Results that came before another whose place is in front of them. */
  #early: CheckResult[] = [];
  #next = 0;
  /** How many suites have begun; each is a target's, in the same order. */
  #suites = 0;
  #seed: number | undefined;
  readonly #targetOf = new Map<CheckResult, Target>();
  #told: Promise<void>;
  #hasFailed = false;
  readonly #targets: readonly Target[];

  /** Starts the type check, which runs beside the other checks and is reported first. */
  constructor(targets: readonly Target[]) {
    this.#targets = targets;
    this.#told = checkTypes(targets).then((result) => this.#tell(result));
    this.#told.catch(() => {});
  }

  add(result: CheckResult, seed: number): void {
    this.#seed = seed;
    if (this.#suites === 0 || result.order < this.#next) this.#beginSuite();
    const target = this.#targets[this.#suites - 1];
    if (target) this.#targetOf.set(result, target);
    this.#early.push(result);
    this.#tellEarly(result);
    for (;;) {
      const due = this.#early.findIndex(({ order }) => order === this.#next);
      if (due === -1) break;
      this.#tellInTurn(this.#early.splice(due, 1));
      this.#next += 1;
    }
  }

  /**
   * Tells each exercise's first failure in full and its others in a line each, writes the results to a file
   * where one is named, and sets the exit code.
   *
   * @throws {CouldNotRun} if a check broke instead of failing, or the file cannot be written
   */
  async end(how: { json: string | undefined; verbose: boolean }): Promise<void> {
    this.#tellInTurn(this.#early.splice(0).sort((a, b) => a.order - b.order));
    await this.#told;
    if (how.json !== undefined) writeJson(how.json, this.#results.map(asJson));
    const failed = this.#results.filter(({ verdict }) => verdict === "fail");
    const told = failed.filter(({ explanation }) => explanation !== undefined);
    const [broken] = failed.filter(({ explanation }) => explanation === undefined);
    if (broken && told.length === 0) {
      throw new CouldNotRun(`The checks broke at ${broken.id}: ${broken.message}`, whoseFault);
    }
    // The type check belongs to no exercise and comes first.
    for (const target of [undefined, ...this.#targets]) {
      const ofTarget = told.filter((result) => this.#targetOf.get(result) === target);
      if (ofTarget.length === 0) continue;
      const name = target && this.#targets.length > 1 ? `\n\n${nameOf(target)}` : "";
      console.log(`${name}\n${renderFailures(ofTarget, how.verbose)}`);
    }
    if (broken) {
      console.log(`\n${broken.id} broke, perhaps because of the same mistake: ${broken.message}`);
    }
    const passed = this.#results.filter(({ verdict }) => verdict === "pass").length;
    const skipped = this.#results.length - passed - failed.length;
    const skips = skipped > 0 ? `, ${skipped} skipped` : "";
    const whys = this.#results.flatMap((each) => (each.verdict === "skip" ? [each.message] : []));
    for (const why of new Set(whys)) console.log(`\nSkipped: ${why}`);
    console.log(`\n${passed} passed, ${failed.length} failed${skips} (seed ${this.#seed})`);
    for (const { file } of this.#targets) console.log(file);
    process.exitCode = failed.length === 0 ? 0 : 1;
  }

  /** The exercises that were checked, each with its first check that failed. */
  get checked(): Checked[] {
    return this.#targets.slice(0, this.#suites).map((target) => {
      const first = this.#firstFailed(target);
      return { ...target, failed: first && withoutChapter(first.id) };
    });
  }

  #firstFailed(target: Target): CheckResult | undefined {
    const failed = this.#results.filter(({ verdict }) => verdict === "fail");
    const ofTypes = failed.find((result) => !this.#targetOf.has(result));
    if (ofTypes && this.#concerns(ofTypes, target)) return ofTypes;
    const ofTarget = failed.filter((result) => this.#targetOf.get(result) === target);
    return ofTarget.find(({ explanation }) => explanation !== undefined) ?? ofTarget[0];
  }

  /** Whether the code that does not compile belongs to one exercise, or to none and so to all. */
  #concerns({ message }: CheckResult, target: Target): boolean {
    const named = this.#targets.filter(({ file }) => message.includes(file));
    return named.length === 0 || named.includes(target);
  }

  #beginSuite(): void {
    this.#tellInTurn(this.#early.splice(0).sort((a, b) => a.order - b.order));
    this.#next = 0;
    const target = this.#targets[this.#suites];
    this.#suites += 1;
    // Checks of different exercises may have the same name.
    if (target && this.#targets.length > 1) {
      this.#told = this.#told.then(() => {
        console.log(`\n${nameOf(target)}`);
      });
      this.#told.catch(() => {});
    }
  }

  /** Reports the first failure immediately, even if earlier checks in the list are still running. */
  #tellEarly(result: CheckResult): void {
    if (result.verdict !== "fail" || this.#hasFailed) return;
    this.#hasFailed = true;
    if (result.order > this.#next) console.log(renderEarly(result));
  }

  #tellInTurn(results: readonly CheckResult[]): void {
    this.#told = this.#told.then(() => {
      for (const result of results) this.#tell(result);
    });
    this.#told.catch(() => {});
  }

  #tell(result: CheckResult): void {
    this.#results.push(result);
    console.log(renderLine(result));
  }
}

/** `crash-before-weather` for `01.crash-before-weather` */
function withoutChapter(id: string): string {
  return id.slice(id.indexOf(".") + 1);
}

function isMissingEnding({ words }: CompileError): boolean {
  return words.startsWith("Relative import paths need explicit file extensions");
}

/** The file of the exercises that an import no longer finds. */
function lostImport({ file, words }: CompileError): LostFile | undefined {
  const name = words.match(/^Cannot find module '([^']+)'/)?.[1];
  if (name === undefined) return undefined;
  const world = join(root, "exercises", "world");
  const path = name.startsWith("#world/")
    ? join(world, name.slice("#world/".length))
    : join(root, dirname(file), name);
  return lostFile(path);
}

/** The compiler suggests `.js`, which Node would not find. */
function withoutWrongAdvice(error: CompileError): CompileError {
  if (!isMissingEnding(error)) return error;
  return { ...error, words: "Relative import paths need explicit file extensions." };
}

async function checkTypes(targets: readonly Target[]): Promise<CheckResult> {
  const begun = performance.now();
  // A file may disappear during a watch.
  const gone = targets.map(({ file }) => file).find((file) => !existsSync(join(root, file)));
  const errors =
    gone === undefined
      ? await typeCheck(targets.map(({ file }) => file))
      : [{ file: gone, line: 1, words: "The file is missing." }];
  const [first] = errors.map(withoutWrongAdvice);
  const numbers = new Set(targets.map(({ chapter }) => chapter.number));
  return {
    id: `${numbers.size === 1 ? [...numbers][0] : "all"}.types`,
    title: "the code compiles",
    verdict: first ? "fail" : "pass",
    mode: "normal",
    message: errors.map(({ file, line, words }) => `${file}:${line} ${words}`).join("\n"),
    ms: Math.round(performance.now() - begun),
    order: -1,
    ...(first && { explanation: explain(first, gone) }),
  };
}

function explain(error: CompileError, gone: string | undefined): Explanation {
  const lost = gone === undefined ? lostImport(error) : lostFile(join(root, gone));
  const bringBack = lost
    ? `Bring it back with: ${lost.command}`
    : "Bring it back, and check again.";
  if (gone !== undefined) {
    return {
      did: `There is no ${gone}.`,
      asks: "The exercise's file must be there before anything can be checked.",
      cause: "It was deleted or renamed.",
      next: bringBack,
    };
  }
  const slip = "A mistake in that line, or a missing import.";
  return {
    did: `${error.file}:${error.line} does not compile: ${error.words}`,
    asks: "The code must compile; an editor shows the same errors as you type.",
    cause: lost
      ? `${lost.path} came with the workshop and is missing.`
      : isMissingEnding(error)
        ? `${endsInTs}: it is missing.`
        : slip,
    next: lost ? bringBack : "Fix that line, save, and check again.",
  };
}
