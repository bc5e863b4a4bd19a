import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { styleText } from "node:util";
import { atMost, type InTurn } from "../../checks/stage/at-most.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { chooser } from "../../checks/stage/seed.ts";
import { readSource } from "../../checks/stage/source-file.ts";
import { stubs } from "../../manifest.ts";
import { typeCheck } from "../checking/type-check.ts";
import { copyFiles } from "../files/copy-files.ts";
import type { Target } from "../learner/targets.ts";
import type { Case } from "./cases.ts";
import { type CheckedCase, checkCases } from "./check-cases.ts";
import { type Mutation, mutationsOf } from "./mutating.ts";

/** Checks small changes of solutions. Fails if one of them breaks the checks. */
export async function tryAllMutants(
  targets: readonly Target[],
  { each, seed }: { each: number; seed: number },
): Promise<void> {
  const scratch = makeRunFolder();
  const inTurn = atMost(2 * Math.min(2, availableParallelism()));

  const verdicts = (
    await Promise.all(targets.map((target) => tryMutants(target, scratch, { each, seed, inTurn })))
  ).flat();
  const count = (verdict: Verdict) => verdicts.filter((other) => other === verdict).length;
  console.log(
    `\n${verdicts.length} mutants: ${count("rejected")} rejected, ${count("accepted")} accepted, ${count("broke")} broke the checks`,
  );
  process.exitCode = count("broke") === 0 ? 0 : 1;
}

type Verdict = "rejected" | "accepted" | "broke";

/** Checks at most `each` mutants of a solution. Each mutant changes a line that the stub does not have. */
async function tryMutants(
  { chapter, exercise }: Target,
  scratch: string,
  { each, seed, inTurn }: { each: number; seed: number; inTurn: InTurn },
): Promise<Verdict[]> {
  const folder = join("solutions", chapter.slug);
  const file = `${exercise.id}.ts`;
  const solution = readSource(join(root, folder, file));
  const stub = readSource(join(root, stubs, chapter.slug, file)).split("\n");
  const learners = new Set(
    solution.split("\n").flatMap((line, nth) => (stub.includes(line) ? [] : [nth + 1])),
  );
  // Only lines that a learner writes: slips are more likely there.
  const left = mutationsOf(solution).filter(({ line }) => learners.has(line));
  const mutants = choose(left, 2 * each, seed).map((mutation, nth) => {
    const path = join(scratch, chapter.slug, exercise.id, String(nth));
    copyFiles(join(root, folder), path);
    writeFileSync(join(path, file), mutation.text);
    return { mutation, folder: relative(root, path) };
  });
  const errors = await typeCheck(mutants.map((mutant) => join(mutant.folder, file)));
  const compiling = mutants
    .filter((mutant) => !errors.some((error) => error.file.startsWith(`${mutant.folder}/`)))
    .slice(0, each);
  const verdicts: Verdict[] = [];
  const cases = compiling.map(
    ({ folder: where, mutation: { line, found, by } }): Case => ({
      kind: "variant",
      name: `${file}:${line}  ${found}  →  ${by === "" ? "nothing" : by}`,
      folder: where,
    }),
  );
  const division = { parts: 4, inTurn, seed };
  await checkCases(chapter, exercise, cases, division, (checked) => {
    const { verdict, words } = judge(checked);
    verdicts.push(verdict);
    const mark = { rejected: "✓", accepted: "?", broke: "✗" }[verdict];
    const color = { rejected: "green", accepted: "yellow", broke: "red" } as const;
    console.log(
      `${styleText(color[verdict], mark)} ${chapter.number} ${checked.subject.name}\n    ${words}`,
    );
  });
  return verdicts;
}

function choose(mutations: readonly Mutation[], count: number, seed: number): Mutation[] {
  const left = [...mutations];
  const choices = chooser(`mutants ${seed}`);
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [chosen] = left.splice(choices.integer(0, left.length - 1), 1);
    if (chosen === undefined) throw new Error("More mutations were chosen than there are.");
    return chosen;
  });
}

function judge({ results }: CheckedCase): { verdict: Verdict; words: string } {
  const failed = results.filter(({ verdict }) => verdict === "fail");
  const broken = failed.find(({ explanation }) => explanation === undefined);
  if (broken)
    return { verdict: "broke", words: `${broken.id} (${broken.mode}): ${broken.message}` };
  const [first] = failed;
  if (first?.explanation === undefined) return { verdict: "accepted", words: "accepted" };
  const { did, cause } = first.explanation;
  return { verdict: "rejected", words: `${first.id} (${first.mode}): ${did}\n    Cause: ${cause}` };
}
