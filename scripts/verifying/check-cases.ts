import type { CheckResult } from "../../checks/report/result.ts";
import type { Subject } from "../../checks/stage/asked.ts";
import type { InTurn } from "../../checks/stage/at-most.ts";
import type { Chapter, Exercise } from "../../manifest.ts";
import { runChecks } from "../checking/run-checks.ts";
import type { Case } from "./cases.ts";

/** A case and the results of its checks. */
export interface CheckedCase {
  subject: Case;
  /** In the order in which a learner sees them. */
  results: readonly CheckResult[];
  /** How long it took, in milliseconds, on one of the workers. */
  ms: number;
}

/** How cases are divided among workers. */
export interface Division {
  /** How many parts there are. Each has a Restate server of its own. */
  parts: number;
  /** Runs each part when its turn comes. */
  inTurn: InTurn;
  /** If there is none, each part takes another seed. */
  seed: number | undefined;
}

/**
 * Checks the cases of an exercise.
 *
 * @param onCase is called with each case when its checks have ended
 * @throws {CouldNotRun} if something other than a check fails
 */
export async function checkCases(
  chapter: Chapter,
  exercise: Exercise,
  cases: readonly Case[],
  { parts, inTurn, seed }: Division,
  onCase: (checked: CheckedCase) => void,
): Promise<void> {
  const suite = `checks/${chapter.slug}/${exercise.id}.test.ts`;
  const divided = Array.from({ length: parts }, (_, part) =>
    cases.filter((_, index) => index % parts === part),
  );
  await Promise.all(
    divided
      .filter((part) => part.length > 0)
      .map((part) => inTurn(() => checkOneByOne(suite, part, seed, onCase))),
  );
}

async function checkOneByOne(
  suite: string,
  cases: readonly Case[],
  seed: number | undefined,
  onCase: (checked: CheckedCase) => void,
): Promise<void> {
  const left = [...cases];
  let results: CheckResult[] = [];
  let begun = performance.now();
  const end = () => {
    const subject = left.shift();
    if (subject === undefined) return;
    const ms = Math.round(performance.now() - begun);
    onCase({ subject, results: results.sort((a, b) => a.order - b.order), ms });
    results = [];
    begun = performance.now();
  };
  await runChecks(
    {
      suites: [suite],
      asked: {
        where: { subjects: cases.map(asSubject) },
        runtime: { kind: "binary" },
        stages: 1,
        ...(seed !== undefined && { seed }),
      },
      watch: false,
    },
    new AbortController().signal,
    (message) => {
      if (message.kind !== "result") return;
      // Cases run one after another, so a result from another folder means that the case before has ended.
      while (left[0] !== undefined && left[0].folder !== message.folder) end();
      results.push(message.result);
    },
  );
  while (left.length > 0) end();
}

/** A mistake runs only the checks that it must fail and those before them: later results prove nothing. */
function asSubject(subject: Case): Subject {
  const { folder } = subject;
  if (subject.kind !== "mistake") return { folder };
  const { caughtBy, alsoFails = [] } = subject.mistake;
  return { folder, extent: { upTo: caughtBy, andAlso: alsoFails } };
}
