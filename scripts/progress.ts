import { styleText } from "node:util";
import { currentPlace, nameOf, readWork } from "./learner/progress-file.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  readCommand("npm run progress", { words: [], switches: [], values: [] }, process);
  const all = readWork();
  let chapterBefore = "";
  for (const { chapter, exercise, passedAt, spent } of all) {
    if (chapter.number !== chapterBefore) console.log(`${chapter.number} ${chapter.title}`);
    chapterBefore = chapter.number;
    const mark = passedAt === undefined ? " " : styleText("green", "✓");
    const minutes = spent === 0 ? "" : `${Math.max(1, Math.round(spent / 60_000))} of `;
    console.log(`  ${mark} ${exercise.id.padEnd(28)} ${minutes}${exercise.minutes} min`);
  }
  const passed = all.filter(({ passedAt }) => passedAt !== undefined).length;
  console.log(`\n${passed} of ${all.length} exercises passed.`);
  const next = currentPlace();
  if (next === undefined) return;
  console.log(`Next: ${nameOf(next)}, with exercises/${next.chapter.slug}/README.md`);
  console.log("npm run check checks it.");
});
