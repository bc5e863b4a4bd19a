import { basename, dirname } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { chapters } from "../../manifest.ts";

/** Runs suites in the manifest's order, which is the order in which a learner meets the exercises. */
export class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId));
  }
}

/** @param path the path of a suite: `checks/05-orchestration/multi-agent.test.ts` */
export function placeOf(path: string): number {
  const [slug, id] = [basename(dirname(path)), basename(path, ".test.ts")];
  return chapters
    .flatMap((chapter) => chapter.exercises.map((exercise) => ({ chapter, exercise })))
    .findIndex(({ chapter, exercise }) => chapter.slug === slug && exercise.id === id);
}
