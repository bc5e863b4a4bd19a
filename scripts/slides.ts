import { serveDeck } from "./deck/deck-server.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const usage = { words: [], switches: ["no-open" as const], values: ["port" as const] };
  const { switches, values } = readCommand("npm run slides", usage, process);
  // npm takes `--no-open` for its own `open`, set to nothing.
  const stays = switches["no-open"] || process.env.npm_config_open === "";
  await serveDeck({ ...values, stays });
});
