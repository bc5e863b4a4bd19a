import type { CheckResult } from "../../checks/report/result.ts";
import type { Mistake } from "../../checks/shared/proof.ts";
import type { Case } from "./cases.ts";

/**
 * Says why the checks' verdict on a case is not the expected one; undefined if it is.
 *
 * @param results in the order in which a learner sees them
 */
export function judge(subject: Case, results: readonly CheckResult[]): string | undefined {
  if (results.length === 0) return "no check was run";
  const broken = results.find(({ verdict, explanation }) => verdict === "fail" && !explanation);
  if (broken) return `${broken.id} broke: ${broken.message}`;

  const failed = results.filter(({ verdict }) => verdict === "fail");
  switch (subject.kind) {
    case "solution":
    case "variant":
      return judgeRight(results, failed);
    case "stub":
      return judgeStub(subject.fails, results, failed);
    case "mistake":
      return judgeMistake(subject.mistake, results, failed);
  }
}

function judgeRight(
  results: readonly CheckResult[],
  failed: readonly CheckResult[],
): string | undefined {
  if (failed[0]) return `${tell(failed[0])} rejects it: ${failed[0].message}`;
  const skipped = results.find(({ verdict }) => verdict === "skip");
  return skipped && `${tell(skipped)} cannot tell whether it is right: ${skipped.message}`;
}

function judgeStub(
  fails: readonly string[],
  results: readonly CheckResult[],
  failed: readonly CheckResult[],
): string | undefined {
  const [first, ...others] = results;
  if (first?.verdict === "fail" && others.some(({ verdict }) => verdict === "skip")) {
    return `it does not work with nothing broken: ${first.message}`;
  }
  const actual = new Set(failed.map(({ id }) => withoutChapter(id)));
  const unexpected = [...actual].filter((id) => !fails.includes(id));
  if (unexpected.length > 0) return `it fails ${unexpected.join(", ")}, which is not declared`;
  const missing = fails.filter((id) => !actual.has(id));
  if (missing.length > 0)
    return `it passes ${missing.join(", ")}, but the proof says that it fails`;
  return undefined;
}

function judgeMistake(
  { caughtBy, alsoFails = [], cause }: Mistake,
  results: readonly CheckResult[],
  failed: readonly CheckResult[],
): string | undefined {
  const named = ({ id, mode }: CheckResult) =>
    withoutChapter(id) === caughtBy.check && mode === caughtBy.mode;
  if (!results.some(named)) return `there is no check ${caughtBy.check} (${caughtBy.mode})`;
  const [first] = failed;
  if (first === undefined) return "no check rejects it";
  if (!named(first)) {
    return `${tell(first)} rejects it first, not ${caughtBy.check} (${caughtBy.mode}): ${first.message}`;
  }
  if (!cause.test(first.explanation?.cause ?? "")) {
    return `its cause does not match ${cause}: ${first.message}`;
  }
  const passed = alsoFails.filter((id) => !failed.some((each) => withoutChapter(each.id) === id));
  if (passed.length > 0) return `it passes ${passed.join(", ")}, but the proof says that it fails`;
  return undefined;
}

/** The checks that no mistake makes fail, so nothing proves that they can fail. */
export function unkilledChecks(
  results: readonly CheckResult[],
  ofMistakes: readonly CheckResult[],
): string[] {
  const killed = new Set(
    ofMistakes.filter(({ verdict }) => verdict === "fail").map(({ id }) => id),
  );
  return [...new Set(results.map(({ id }) => id))].filter((id) => !killed.has(id));
}

/** The checks that only one mistake makes fail. Without it, nothing would prove them. */
export function checksKilledOnce(mistakes: readonly (readonly CheckResult[])[]): string[] {
  const killed = mistakes.flatMap((results) => [
    ...new Set(results.flatMap(({ id, verdict }) => (verdict === "fail" ? [id] : []))),
  ]);
  return killed.filter((id) => killed.indexOf(id) === killed.lastIndexOf(id));
}

const withoutChapter = (id: string) => id.replace(/^\d\d\./, "");
const tell = ({ id, mode }: CheckResult) => `${id} (${mode})`;
