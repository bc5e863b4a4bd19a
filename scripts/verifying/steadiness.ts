import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { killChild, startChild } from "../../checks/stage/children.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { runChecks } from "../checking/run-checks.ts";
import { findTargets, type Target } from "../learner/targets.ts";
import type { VerifiedCase } from "./verified.ts";

const rounds = 10;

/**
 * Checks each solution ten times on busy cores, and verifies with each seed up to the last. Fails if a
 * verdict is not the expected one.
 */
export async function proveSteady(chapter: string, last: number): Promise<void> {
  const targets = findTargets("npm run steady", [chapter], { tree: "solutions" });
  const scratch = makeRunFolder();

  const busy = Array.from({ length: availableParallelism() }, () =>
    startChild(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  let unsteady = 0;
  for (const target of targets) unsteady += await repeatSolution(target);
  await Promise.all(busy.map(killChild));

  for (let seed = 1; seed <= last; seed++) {
    const cases = await verify(chapter, seed, join(scratch, `seed-${seed}.json`));
    const wrong = cases.filter(({ complaint }) => complaint !== "");
    for (const { exercise, kind, name, complaint } of wrong) {
      console.log(`✗ seed ${seed}: ${exercise}, ${kind} ${name}: ${complaint}`);
    }
    console.log(`verified with seed ${seed}: ${cases.length} cases, ${wrong.length} wrong`);
    unsteady += wrong.length;
  }
  console.log(`\n${unsteady === 0 ? "steady" : `${unsteady} verdicts are wrong`}`);
  process.exitCode = unsteady === 0 ? 0 : 1;
}

/** Checks a solution again and again; returns how many verdicts were not a pass. */
async function repeatSolution({ chapter, exercise }: Target): Promise<number> {
  let verdicts = 0;
  let wrong = 0;
  for (let round = 1; round <= rounds; round++) {
    await runChecks(
      {
        suites: [`checks/${chapter.slug}/${exercise.id}.test.ts`],
        asked: { where: { tree: "solutions" }, runtime: { kind: "binary" }, stages: 2 },
        watch: false,
      },
      new AbortController().signal,
      (message) => {
        if (message.kind !== "result") return;
        verdicts += 1;
        const { id, mode, verdict, message: words } = message.result;
        if (verdict === "pass") return;
        wrong += 1;
        console.log(`✗ round ${round}, seed ${message.seed}: ${id} (${mode}) ${verdict}: ${words}`);
      },
    );
  }
  const name = `${chapter.number} ${exercise.id}`;
  console.log(
    `${name}: ${rounds} rounds on busy cores, ${verdicts} verdicts, ${wrong} did not pass`,
  );
  return wrong;
}

/**
 * Runs `npm run verify` and returns its cases. Wrong cases do not stop it.
 *
 * @throws {CouldNotRun} if it verified nothing
 */
async function verify(chapter: string, seed: number, json: string): Promise<VerifiedCase[]> {
  const command = [
    join(root, "scripts", "verify.ts"),
    chapter,
    "--json",
    json,
    "--seed",
    `${seed}`,
  ];
  const words = await new Promise<string>((resolve) => {
    execFile(process.execPath, command, { cwd: root }, (_, __, stderr) => resolve(stderr));
  });
  const cases: VerifiedCase[] = JSON.parse(readFileSync(json, "utf8"));
  if (cases.length > 0) return cases;
  throw new CouldNotRun(`Verification did not run: ${words.trim()}`, "Type: npm run verify");
}
