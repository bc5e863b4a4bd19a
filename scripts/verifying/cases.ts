import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { applyChange, type Change, type Mistake, type Proof } from "../../checks/shared/proof.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { readSource } from "../../checks/stage/source-file.ts";
import { type Chapter, type Exercise, stubs } from "../../manifest.ts";
import { typeCheck } from "../checking/type-check.ts";
import { copyFiles } from "../files/copy-files.ts";

/** Something to check, with a verdict that is known beforehand. */
export type Case = {
  name: string;
  /** Relative to the root of the repo. */
  folder: string;
} & (
  | { kind: "solution" | "variant" }
  | { kind: "stub"; fails: readonly string[] }
  | { kind: "mistake"; mistake: Mistake }
);

/** Why a case cannot be checked at all. */
export interface Unfit {
  subject: Case;
  complaint: string;
}

/**
 * Writes the cases of an exercise. Solution and stub stay in their folders. Each mistake and variant is a
 * changed copy of the solution.
 *
 * @param scratch a folder in the repo, so that the copies find packages
 */
export async function writeCases(
  chapter: Chapter,
  exercise: Exercise,
  proof: Proof,
  scratch: string,
): Promise<{ cases: Case[]; unfit: Unfit[] }> {
  const solution = join("solutions", chapter.slug);
  const own: Case[] = [
    { kind: "solution", name: exercise.id, folder: solution },
    {
      kind: "stub",
      name: exercise.id,
      folder: join(stubs, chapter.slug),
      fails: proof.stubFails,
    },
  ];
  const changed = (id: string) => ({ name: id, folder: relative(root, join(scratch, id)) });
  const copies = [
    ...proof.mistakes.map((mistake) => ({
      changes: mistake.changes,
      subject: { kind: "mistake", ...changed(mistake.id), mistake } as const,
    })),
    ...proof.variants.map(({ id, changes }) => ({
      changes,
      subject: { kind: "variant", ...changed(id) } as const,
    })),
  ];
  const unfit = copies.flatMap(({ changes, subject }, place): Unfit[] => {
    if (copies.findIndex((other) => other.subject.name === subject.name) !== place) {
      return [{ subject, complaint: "another case has the same id" }];
    }
    try {
      copyChanged(solution, subject.folder, changes);
      return [];
    } catch (error) {
      return [{ subject, complaint: `it no longer applies: ${(error as Error).message}` }];
    }
  });
  const written = [...own, ...copies.map(({ subject }) => subject)].filter(
    (subject) => !unfit.some((each) => each.subject === subject),
  );
  const broken = await compileErrors(written, exercise);
  return {
    cases: written.filter((subject) => !broken.some((each) => each.subject === subject)),
    unfit: [...unfit, ...broken],
  };
}

function copyChanged(from: string, to: string, changes: readonly Change[]): void {
  const folder = join(root, to);
  copyFiles(join(root, from), folder);
  for (const change of changes) {
    const file = join(folder, change.file);
    writeFileSync(file, applyChange(readSource(file), change));
  }
}

async function compileErrors(cases: readonly Case[], exercise: Exercise): Promise<Unfit[]> {
  const errors = await typeCheck(cases.map(({ folder }) => join(folder, `${exercise.id}.ts`)));
  return cases.flatMap((subject) => {
    const error = errors.find(({ file }) => file.startsWith(`${subject.folder}/`));
    if (error === undefined) return [];
    const place = `${relative(subject.folder, error.file)}:${error.line}`;
    return [{ subject, complaint: `it does not compile: ${place} ${error.words}` }];
  });
}
