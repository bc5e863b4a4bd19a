import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../checks/stage/run-folder.ts";
import { chapters } from "../manifest.ts";
import { asItCame, filesAsTheyCame, isAsItCame } from "./learner/as-it-came.ts";
import { changeFiles } from "./learner/copies.ts";
import { findTargets, withChapterHere } from "./learner/targets.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

const command = "npm run reset";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise"], switches: [], values: [] };
  const words = withChapterHere(readCommand(command, usage, process).words);
  const targets = findTargets(command, words, { tree: "solutions" });
  const files =
    words.length > 1
      ? targets.map(({ chapter, exercise: { id } }) => join("exercises", chapter.slug, `${id}.ts`))
      : foldersOf(targets.map(({ chapter }) => chapter.slug)).flatMap(filesAsTheyCame);
  // Every chapter needs it, and a change in it may be intended.
  const lost = filesAsTheyCame("world").filter((path) => !existsSync(join(root, path)));

  const changed = [...new Set([...files, ...lost])].filter((path) => !isAsItCame(path));
  if (changed.length === 0) {
    console.log("Everything is in its original state.");
    return;
  }
  changeFiles(
    [command, ...words].join(" "),
    changed.map((path) => ({ path, content: asItCame(path) })),
    (path) => console.log(`${path} is in its original state.`),
  );
  console.log("Your code is kept. To get it back: npm run undo");
});

/** The folders of the chapters, and for all chapters the one that they share. */
function foldersOf(slugs: readonly string[]): string[] {
  const folders = [...new Set(slugs)];
  return folders.length === chapters.length ? [...folders, "world"] : folders;
}
