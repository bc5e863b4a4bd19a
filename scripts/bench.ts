import { resolve } from "node:path";
import { readCommand, runCommand } from "./terminal/command.ts";
import { bench } from "./verifying/benchmarks.ts";

await runCommand(async () => {
  const { values } = readCommand(
    "npm run bench",
    { words: [], switches: [], values: ["json"] },
    process,
  );
  const json = values.json && resolve(process.env.INIT_CWD ?? "", values.json);
  await bench(json);
});
