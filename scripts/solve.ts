import { solve } from "./learner/solving.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const usage = { words: ["chapter", "exercise"], switches: [], values: ["until" as const] };
  const { words, values } = readCommand("npm run solve", usage, process);
  solve(words, values.until);
});
