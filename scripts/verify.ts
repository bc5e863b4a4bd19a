import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { applyChange, type Change, type Proof } from "../checks/proof.ts";
import type { CheckResult } from "../checks/report/result.ts";
import { stillness } from "../checks/stage/invocation.ts";
import { makeRunFolder, root } from "../checks/stage/run-folder.ts";
import type { Chapter, Exercise } from "../manifest.ts";
import { chaptersAskedFor, readCommand, runCommand } from "./command.ts";
import { runChecks } from "./run-checks.ts";
import { typeCheck } from "./type-check.ts";
import { type Case, judge, unkilledChecks } from "./verdict.ts";

await runCommand(async () => {
  const { words } = readCommand(
    "npm run verify",
    { words: ["chapter"], switches: [], values: [] },
    process,
  );
  const scratch = makeRunFolder();
  const wrong: string[] = [];
  let cases = 0;
  for (const chapter of chaptersAskedFor(words[0] ?? "all")) {
    for (const exercise of chapter.exercises) {
      const verified = await verifyExercise(chapter, exercise, scratch);
      wrong.push(...verified.wrong);
      cases += verified.cases;
    }
  }
  if (wrong.length > 0) console.log(`\n${wrong.join("\n")}`);
  console.log(`\n${Math.max(0, cases - wrong.length)} passed, ${wrong.length} failed`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
});

/** Verifies the checks of one exercise, a line per case; returns what is wrong with them. */
async function verifyExercise(chapter: Chapter, exercise: Exercise, scratch: string) {
  const begun = performance.now();
  const name = `${chapter.number} ${exercise.id}`;
  const { proof }: { proof: Proof } = await import(
    join(root, "checks", chapter.slug, `${exercise.id}.proof.ts`)
  );
  const cases = writeCases(chapter, exercise, proof, join(scratch, chapter.slug, exercise.id));
  const errors = await typeCheck(
    cases.map(({ folder }) => relative(root, join(folder, `${exercise.id}.ts`))),
  );
  const wrong = errors.map(({ file, line, words }) => `${name}: ${file}:${line} ${words}`);

  const results = await checkInParallel(chapter, exercise, cases, (subject, ofCase) => {
    const complaint = judge(subject, ofCase);
    const capped = ofCase.filter(({ ms }) => ms >= stillness).map(({ id }) => id);
    const slow = capped.length > 0 ? ` (ran into a time cap: ${capped.join(", ")})` : "";
    console.log(`${complaint ? "✗" : "✓"} ${name} ${subject.kind} ${subject.name}${slow}`);
    if (complaint) wrong.push(`${name} ${subject.kind} ${subject.name}: ${complaint}`);
  });
  const ofMistakes = cases.flatMap((each) =>
    each.kind === "mistake" ? (results.get(each.folder) ?? []) : [],
  );
  for (const id of unkilledChecks([...results.values()].flat(), ofMistakes)) {
    wrong.push(`${name}: no mistake makes ${id} fail, so nothing proves that it can`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`${name}: ${cases.length} cases, ${wrong.length} wrong, ${seconds} s`);
  return { cases: cases.length, wrong };
}

function writeCases(chapter: Chapter, exercise: Exercise, proof: Proof, scratch: string): Case[] {
  const solution = join(root, "solutions", chapter.slug);
  const changed = (id: string, changes: readonly Change[]) => {
    const folder = join(scratch, id);
    cpSync(solution, folder, { recursive: true });
    for (const change of changes) {
      const file = join(folder, change.file);
      writeFileSync(file, applyChange(readFileSync(file, "utf8"), change));
    }
    return folder;
  };
  return [
    { kind: "solution", name: exercise.id, folder: solution },
    {
      kind: "stub",
      name: exercise.id,
      folder: join(root, "exercises", chapter.slug),
      fails: proof.stubFails,
    },
    ...proof.mistakes.map((mistake): Case => {
      const folder = changed(mistake.id, mistake.changes);
      return { kind: "mistake", name: mistake.id, folder, mistake };
    }),
    ...proof.variants.map(({ id, changes }): Case => {
      return { kind: "variant", name: id, folder: changed(id, changes) };
    }),
  ];
}

/** Checks cases on both cores, a Restate server each; returns the results by folder. */
async function checkInParallel(
  chapter: Chapter,
  exercise: Exercise,
  cases: readonly Case[],
  onCase: (subject: Case, results: readonly CheckResult[]) => void,
): Promise<Map<string, CheckResult[]>> {
  const results = new Map<string, CheckResult[]>();
  const workers = Math.min(2, availableParallelism());
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      const mine = cases.filter((_, index) => index % workers === worker);
      await runChecks(
        {
          suites: [`checks/${chapter.slug}/${exercise.id}.test.ts`],
          place: { folders: mine.map(({ folder }) => relative(root, folder)) },
          seed: undefined,
          watch: false,
        },
        new AbortController().signal,
        (message) => {
          if (message.kind !== "result") return;
          const folder = join(root, message.folder);
          results.set(folder, [...(results.get(folder) ?? []), message.result]);
        },
      );
      for (const subject of mine) {
        const ofSubject = results.get(subject.folder) ?? [];
        onCase(
          subject,
          ofSubject.sort((a, b) => a.order - b.order),
        );
      }
    }),
  );
  return results;
}
