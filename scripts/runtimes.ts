import { chaptersAskedFor, readCommand, runCommand } from "./terminal/command.ts";
import { tryRuntimes } from "./verifying/runtimes.ts";

await runCommand(async () => {
  const usage = { words: ["chapter"], switches: [], values: [] };
  const { words } = readCommand("npm run runtimes", usage, process);
  const chapter = words[0] ?? "all";
  chaptersAskedFor(chapter);
  await tryRuntimes(chapter);
});
