import { codeAskedFor, findTargets } from "./learner/targets.ts";
import { serviceAskedFor, serviceFlags } from "./sweeping/asked-service.ts";
import { sweepAll } from "./sweeping/crash-sweep.ts";
import { sweepAndWrite } from "./sweeping/service-sweep.ts";
import { readCommand, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const asked = readCommand(
    "npm run sweep",
    { words: ["chapter", "exercise"], switches: ["mine"], values: ["dir", ...serviceFlags] },
    process,
  );
  const { words, switches, values } = asked;
  const service = serviceAskedFor(asked);
  if (service !== undefined) {
    await sweepAndWrite(service, values);
    return;
  }
  const where = codeAskedFor(switches.mine, values.dir);
  const targets = findTargets("npm run sweep", [words[0] ?? "all", ...words.slice(1)], where);
  await sweepAll(targets);
});
