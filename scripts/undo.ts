import { relative } from "node:path";
import { root } from "../checks/stage/run-folder.ts";
import { bringBack } from "./learner/copies.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  readCommand("npm run undo", { words: [], switches: [], values: [] }, process);
  const brought = bringBack();
  if (brought === undefined) {
    console.log("There is nothing to undo: no change by solve or reset is left.");
    return;
  }
  const { copy, kept } = brought;
  const when = new Date(copy.at).toLocaleTimeString();
  console.log(`Restored to the state before \`${copy.command}\`, ${when}:`);
  for (const { path, existed } of copy.files) {
    console.log(`  ${path}${existed ? "" : ", which did not exist"}`);
  }
  console.log(`What you had until now is in ${relative(root, kept)}`);
});
