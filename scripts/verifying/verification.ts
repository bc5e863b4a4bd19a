import { availableParallelism } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import type { Proof } from "../../checks/shared/proof.ts";
import { atMost } from "../../checks/stage/at-most.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { importFile } from "../../checks/stage/source-file.ts";
import { patience } from "../../checks/stage/stuck.ts";
import type { Chapter, Exercise } from "../../manifest.ts";
import { writeJson } from "../files/json-file.ts";
import { type Case, type Unfit, writeCases } from "./cases.ts";
import { type CheckedCase, checkCases, type Division } from "./check-cases.ts";
import { checksKilledOnce, judge, unkilledChecks } from "./verdict.ts";
import {
  renderSlowest,
  renderTable,
  renderTold,
  type Told,
  type VerifiedCase,
  type VerifiedExercise,
} from "./verified.ts";

/** How to verify, and what to print. */
export interface Verifying {
  /** The file to which the cases are also written. */
  json: string | undefined;
  /** If there is none, each run of checks takes another seed. */
  seed: number | undefined;
  /** Prints each mistake's belief with the cause that its learner is told. */
  causes: boolean;
}

/** Proves that the checks accept what is right and reject what is wrong. Fails if they do not. */
export async function verify(chapters: readonly Chapter[], how: Verifying): Promise<void> {
  const { json, seed, causes } = how;
  if (json) writeJson(json, []);
  const exercises = await Promise.all(
    chapters.flatMap((chapter) =>
      chapter.exercises.map((exercise) => withProof(chapter, exercise)),
    ),
  );
  // Two per core, on at most two cores: checks spend half of their time waiting.
  const workers = 2 * Math.min(2, availableParallelism());
  const inTurn = atMost(workers);
  const scratch = makeRunFolder();
  // Exercises with most cases come first, and the last ones are split into parts, so that the workers end
  // together. Each part costs a Restate server of its own.
  const verified = await Promise.all(
    exercises
      .toSorted((one, other) => sizeOf(other.proof) - sizeOf(one.proof))
      .map((exercise, place) => {
        const parts = Math.ceil(workers / (exercises.length - place));
        return verifyExercise(exercise, scratch, { parts, inTurn, seed });
      }),
  );
  const names = exercises.map(({ name }) => name);
  verified.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));

  const cases = verified.flatMap((exercise) => exercise.cases);
  if (json) writeJson(json, cases);
  if (causes) console.log(`\n${renderTold(cases)}`);
  console.log(`\n${renderTable(verified)}\n\n${renderSlowest(cases)}`);
  const wrong = [
    ...cases.flatMap(({ exercise, kind, name, complaint }) =>
      complaint === "" ? [] : [`${exercise}, ${kind} ${name}: ${complaint}`],
    ),
    ...verified.flatMap(({ name, unproven }) =>
      unproven.map((id) => `${name}: no mistake makes ${id} fail, so nothing proves that it can`),
    ),
  ];
  if (wrong.length > 0) console.log(`\n${wrong.join("\n")}`);
  const right = cases.filter(({ complaint }) => complaint === "").length;
  console.log(`\n${right} passed, ${wrong.length} failed`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

/** An exercise, and the proof of its checks. */
interface Proven {
  /** `01 agent` */
  name: string;
  chapter: Chapter;
  exercise: Exercise;
  proof: Proof;
}

async function withProof(chapter: Chapter, exercise: Exercise): Promise<Proven> {
  const file = join(root, "checks", chapter.slug, `${exercise.id}.proof.ts`);
  const { proof } = await importFile<{ proof: Proof }>(file);
  return { name: `${chapter.number} ${exercise.id}`, chapter, exercise, proof };
}

/** What a learner who has made the mistake is told. */
function toldTo({ subject, results }: CheckedCase): Told | undefined {
  const first = results.find(({ verdict }) => verdict === "fail");
  if (subject.kind !== "mistake" || first?.explanation === undefined) return undefined;
  const { did, cause } = first.explanation;
  return { belief: subject.mistake.belief, check: `${first.id} (${first.mode})`, did, cause };
}

function sizeOf({ mistakes, variants }: Proof): number {
  return mistakes.length + variants.length;
}

/** Verifies the checks of one exercise. Prints one line per case. */
async function verifyExercise(
  { name, chapter, exercise, proof }: Proven,
  scratch: string,
  division: Division,
): Promise<VerifiedExercise> {
  const folder = join(scratch, chapter.slug, exercise.id);
  const { cases, unfit } = await division.inTurn(() =>
    writeCases(chapter, exercise, proof, folder),
  );

  const total = cases.length + unfit.length;
  const checked: CheckedCase[] = [];
  const verified: VerifiedCase[] = [];
  const tell = (subject: Case, complaint: string, ms: number, capped: string[], told?: Told) => {
    verified.push({
      exercise: name,
      kind: subject.kind,
      name: subject.name,
      complaint,
      ms,
      capped,
      ...(told && { told }),
    });
    const mark = complaint === "" ? styleText("green", "✓") : styleText("red", "✗");
    const place = `${verified.length}/${total}`.padStart(7);
    const slow = capped.length > 0 ? `, ran into a time cap: ${capped.join(", ")}` : "";
    console.log(`${place} ${mark} ${name}, ${subject.kind} ${subject.name}${slow}`);
  };
  for (const { subject, complaint } of unfit as readonly Unfit[]) tell(subject, complaint, 0, []);
  await checkCases(chapter, exercise, cases, division, (each) => {
    checked.push(each);
    const capped = each.results.filter(({ ms }) => ms >= patience.stillness).map(({ id }) => id);
    tell(each.subject, judge(each.subject, each.results) ?? "", each.ms, capped, toldTo(each));
  });

  const results = (kind?: Case["kind"]) =>
    checked.flatMap((each) =>
      kind === undefined || each.subject.kind === kind ? each.results : [],
    );
  return {
    name,
    cases: verified,
    checks: new Set(results().map(({ id }) => id)).size,
    byOneAlone: checksKilledOnce(
      checked.filter(({ subject }) => subject.kind === "mistake").map((each) => each.results),
    ),
    unproven: unkilledChecks(results(), results("mistake")),
    ms: verified.reduce((sum, { ms }) => sum + ms, 0),
  };
}
