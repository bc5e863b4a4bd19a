import { takeScreenshots } from "./deck/screenshots.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  readCommand("npm run screenshots", { words: [], switches: [], values: [] }, process);
  await takeScreenshots();
});
