import { resolve } from "node:path";
import { chaptersAskedFor, readCommand, readNumber, runCommand } from "./terminal/command.ts";
import { verify } from "./verifying/verification.ts";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    "npm run verify",
    { words: ["chapter"], switches: ["causes"], values: ["json", "seed"] },
    process,
  );
  const chapters = chaptersAskedFor(words[0] ?? "all");
  const json = values.json && resolve(process.env.INIT_CWD ?? "", values.json);
  const seed = values.seed === undefined ? undefined : readNumber("seed", values.seed);
  await verify(chapters, { json, seed, causes: switches.causes });
});
