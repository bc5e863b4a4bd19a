import { examine, renderFinding } from "./machine/examination.ts";
import { type PortFlag, ports } from "./running/ports.ts";
import { startWorkshop } from "./running/workshop.ts";
import { chaptersAskedFor, readCommand, runCommand, tellTrouble } from "./terminal/command.ts";

await runCommand(async () => {
  const { words, ...how } = readCommand(
    "npm start",
    {
      words: ["chapter"],
      switches: ["fresh", "solution", "verbose"],
      values: Object.keys(ports) as PortFlag[],
    },
    process,
  );
  const chapters = chaptersAskedFor(words[0] ?? "all");
  try {
    await startWorkshop(chapters, how);
  } catch (error) {
    tellTrouble(error);
    process.exitCode = 2;
    // A port in use has been reported already.
    const ill = (await examine()).filter(({ about, remedy }) => remedy && about !== "port");
    for (const line of ill.flatMap(renderFinding)) console.error(line);
  }
});
