import { styleText } from "node:util";
import type { Chapter } from "../manifest.ts";
import { readBreakWords } from "./running/break-words.ts";
import { type Breakage, breakagesOf, nameColumn } from "./running/breakages.ts";
import { askControl } from "./running/control.ts";
import { ports } from "./running/ports.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

const command = "npm run break";

await runCommand(async () => {
  const usage = {
    words: ["chapter", "what"],
    switches: [],
    values: ["ingress-port" as const],
  };
  const { words, values } = readCommand(command, usage, process);
  const flag = values["ingress-port"];
  const ingressPort = flag ?? process.env[ports["ingress-port"].variable];
  const asked = readBreakWords(words);
  if (asked.kind === "list") return list(asked.chapter, flag);
  console.log(await askControl(ingressPort, asked));
  if (asked.kind === "state") console.log(`What can be broken in a chapter: ${command} 01`);
});

function list(chapter: Chapter, ingressPort: string | undefined): void {
  const breakages = breakagesOf(chapter);
  for (const line of breakages.map(renderBreakage)) console.log(line);
  const flag = ingressPort === undefined ? "" : ` -- --ingress-port ${ingressPort}`;
  console.log(`\nType: ${command} ${chapter.number} ${breakages[0]?.name}${flag}`);
  console.log(`What is broken now: ${command}. To end all of it: ${command} calm`);
}

function renderBreakage({ name, does }: Breakage): string {
  return `${styleText("bold", nameColumn(name))} ${does}`;
}
