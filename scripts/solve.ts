import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { root } from "../checks/stage/run-folder.ts";
import { chapters } from "../manifest.ts";
import { findTargets, type Target, withChapterHere } from "./check-targets.ts";
import { chaptersAskedFor, readCommand, runCommand } from "./command.ts";
import { changeFiles } from "./learner/copies.ts";

const command = "npm run solve";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise"], switches: [], values: ["until" as const] };
  const { words, values } = readCommand(command, usage, process);
  const targets =
    values.until === undefined
      ? findSolvable(withChapterHere(words))
      : findBefore(words, values.until);
  const typed = [command, ...words, ...(values.until ? ["-- --until", values.until] : [])];
  changeFiles(
    typed.join(" "),
    targets.map(({ chapter, exercise }) => {
      const path = join(chapter.slug, `${exercise.id}.ts`);
      const content = readFileSync(join(root, "solutions", path));
      return { path: join("exercises", path), content };
    }),
    (path) => console.log(`${path} is the solution now.`),
  );
  console.log("Yours is kept: npm run undo");
});

function findSolvable(words: readonly string[]): Target[] {
  return findTargets(command, words, { tree: "solutions" });
}

/** The exercises of all chapters before one. */
function findBefore(words: readonly string[], until: string): Target[] {
  const [chapter, ...others] = chaptersAskedFor(until);
  if (words.length > 0 || chapter === undefined || others.length > 0) {
    throw new CouldNotRun(
      "--until takes one chapter, and no other word is needed.",
      `Type: ${command} -- --until 05`,
    );
  }
  const before = chapters.slice(0, chapters.indexOf(chapter));
  if (before.length === 0) {
    throw new CouldNotRun(
      `There is no chapter before ${chapter.number}.`,
      `To solve it itself: ${command} ${chapter.number}`,
    );
  }
  return before.flatMap(({ number }) => findSolvable([number]));
}
