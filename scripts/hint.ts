import { giveHint, giveHintHere } from "./learner/hints.ts";
import { withChapterHere } from "./learner/targets.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise", "TODO"], switches: [], values: [] };
  const words = withChapterHere(readCommand("npm run hint", usage, process).words);
  await (words.length === 0 ? giveHintHere() : giveHint(words));
});
