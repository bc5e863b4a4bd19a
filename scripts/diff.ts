import { join } from "node:path";
import { styleText } from "node:util";
import { root } from "../checks/stage/run-folder.ts";
import { readSource } from "../checks/stage/source-file.ts";
import { lineDiff } from "./learner/line-diff.ts";
import { findTargets, withChapterHere } from "./learner/targets.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

const command = "npm run diff";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise"], switches: [], values: [] };
  const words = withChapterHere(readCommand(command, usage, process).words);
  for (const { chapter, exercise, file } of findTargets(command, words, { tree: "exercises" })) {
    const solution = join("solutions", chapter.slug, `${exercise.id}.ts`);
    const lines = lineDiff(readSource(join(root, file)), readSource(join(root, solution)));
    if (lines.length === 0) console.log(`${file} is the same as the solution.`);
    else console.log([`- ${file}`, `+ ${solution}`, ...lines.map(coloured), ""].join("\n"));
  }
});

function coloured(line: string): string {
  if (line.startsWith("@@")) return styleText("cyan", line);
  if (line.startsWith("-")) return styleText("red", line);
  return line.startsWith("+") ? styleText("green", line) : line;
}
