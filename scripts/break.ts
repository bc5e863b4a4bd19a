import { styleText } from "node:util";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { type Breakage, breakagesOf } from "./breakages.ts";
import { chaptersAskedFor, readCommand, runCommand } from "./command.ts";
import { askControl } from "./control.ts";

const command = "npm run break";

await runCommand(async () => {
  const usage = {
    words: ["chapter", "what"],
    switches: [],
    values: ["ingress-port" as const],
  };
  const { words, values } = readCommand(command, usage, process);
  const [chapterWord, what] = words;
  if (chapterWord === undefined) {
    throw new CouldNotRun("In which chapter?", `Type: ${command} 01`);
  }
  const [chapter, ...others] = chaptersAskedFor(chapterWord);
  if (chapter === undefined || others.length > 0) {
    throw new CouldNotRun("One chapter at a time can be broken.", `Type: ${command} 01`);
  }
  const breakages = breakagesOf(chapter);
  if (what === undefined) {
    for (const line of breakages.map(renderBreakage)) console.log(line);
    console.log(`\nType: ${command} ${chapter.number} ${breakages[0]?.name}`);
    return;
  }
  if (!breakages.some(({ name }) => name === what)) {
    throw new CouldNotRun(
      `Chapter ${chapter.number} has no "${what}" to be broken.`,
      `It has: ${breakages.map(({ name }) => name).join(", ")}.`,
    );
  }
  const asked = { chapter: chapter.number, breakage: what };
  console.log(await askControl(values["ingress-port"], asked));
});

function renderBreakage({ name, does }: Breakage): string {
  return `${styleText("bold", name.padEnd(16))} ${does}`;
}
