import { readCommand, runCommand } from "./terminal/command.ts";
import { tryInstalls } from "./verifying/installs.ts";

await runCommand(async () => {
  readCommand("npm run installs", { words: [], switches: [], values: [] }, process);
  tryInstalls();
});
