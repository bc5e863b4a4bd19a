import { basename, join } from "node:path";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule, TestRunEndReason } from "vitest/node";
import { root } from "../stage/run-folder.ts";
import { pinpoint } from "./code/pinpoint.ts";
import type { CheckResult, ReporterMessage } from "./result.ts";

/** Sends each check's result to the process that started vitest. */
export default class CheckReporter implements Reporter {
  onTestRunStart(): void {
    this.#tell({ kind: "started" });
  }

  onTestCaseResult(test: TestCase): void {
    const { check } = test.meta();
    if (check === undefined) return;
    const file = basename(test.module.moduleId).replace(".test.ts", ".ts");
    const explanation =
      check.explanation && pinpoint(check.explanation, join(root, check.folder, file));
    const outcome = test.result();
    const { state, errors } = outcome;
    const result: CheckResult = {
      id: check.id,
      title: check.title,
      verdict: state === "passed" ? "pass" : state === "failed" ? "fail" : "skip",
      mode: check.mode,
      message:
        outcome.state === "skipped"
          ? (outcome.note ?? "")
          : explanation
            ? Object.values(explanation).join("\n")
            : (errors?.map((error) => error.message).join("\n") ?? ""),
      ms: check.ms,
      order: check.order,
      ...(explanation && { explanation }),
      ...(check.evidence && { evidence: check.evidence }),
    };
    this.#tell({ kind: "result", result, seed: check.seed, folder: check.folder });
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    // A failure outside the checks, such as a run in the wrong mode, is an error of its suite.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const errors = [...unhandled, ...suites.flatMap((suite) => suite.errors())];
    // A check that was not made must not count as a check that found nothing.
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const left = tests.filter((test) => test.result().state === "pending").length;
    const trouble = [
      ...errors.map((error) => error.message),
      ...(left > 0
        ? [`${left} of ${tests.length} checks were not run: the run was ${reason}.`]
        : []),
    ].join("\n");
    this.#tell({ kind: "ended", ...(trouble !== "" && { trouble }) });
  }

  #tell(message: ReporterMessage): void {
    process.send?.(message);
  }
}
