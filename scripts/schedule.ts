import { printSchedule } from "./deck/schedule.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const usage = { words: [], switches: [], values: ["start" as const] };
  const { values } = readCommand("npm run schedule", usage, process);
  printSchedule(values.start ?? "09:00");
});
