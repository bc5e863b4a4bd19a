import { examine, renderFinding } from "./machine/examination.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  readCommand("npm run doctor", { words: [], switches: [], values: [] }, process);
  const findings = await examine();
  for (const line of findings.flatMap(renderFinding)) console.log(line);
  const ill = findings.filter(({ remedy }) => remedy !== undefined).length;
  console.log(ill === 0 ? "\nEverything works: npm start" : `\n${ill} to fix.`);
  process.exitCode = ill === 0 ? 0 : 1;
});
