import { styleText } from "node:util";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { type Breakage, breakagesOf } from "./running/breakages.ts";
import { askControl } from "./running/control.ts";
import { ports } from "./running/ports.ts";
import { chaptersAskedFor, readCommand, runCommand } from "./terminal/command.ts";

const command = "npm run break";

await runCommand(async () => {
  const usage = {
    words: ["chapter", "what"],
    switches: [],
    values: ["ingress-port" as const],
  };
  const { words, values } = readCommand(command, usage, process);
  const ingressPort = values["ingress-port"] ?? process.env[ports["ingress-port"].variable];
  const [chapterWord, what] = words;
  if (chapterWord === undefined || chapterWord === "calm") {
    const kind = chapterWord === undefined ? "state" : "calm";
    console.log(await askControl(ingressPort, { kind }));
    if (chapterWord === undefined) console.log(`What can be broken in a chapter: ${command} 01`);
    return;
  }
  const [chapter, ...others] = chaptersAskedFor(chapterWord);
  if (chapter === undefined || others.length > 0) {
    throw new CouldNotRun("One chapter at a time can be broken.", `Type: ${command} 01`);
  }
  const breakages = breakagesOf(chapter);
  if (what === undefined) {
    for (const line of breakages.map(renderBreakage)) console.log(line);
    const flag = values["ingress-port"] ? ` -- --ingress-port ${values["ingress-port"]}` : "";
    console.log(`\nType: ${command} ${chapter.number} ${breakages[0]?.name}${flag}`);
    console.log(`What is broken now: ${command}. To end all of it: ${command} calm`);
    return;
  }
  if (!breakages.some(({ name }) => name === what)) {
    throw new CouldNotRun(
      `Chapter ${chapter.number} has no "${what}" to be broken.`,
      `It has: ${breakages.map(({ name }) => name).join(", ")}.`,
    );
  }
  const asked = { kind: "break", chapter: chapter.number, breakage: what } as const;
  console.log(await askControl(ingressPort, asked));
});

function renderBreakage({ name, does }: Breakage): string {
  return `${styleText("bold", name.padEnd(16))} ${does}`;
}
