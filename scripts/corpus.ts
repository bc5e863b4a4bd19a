import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { corpus, sweepCorpus } from "./sweeping/corpus-sweep.ts";
import { readCommand, readNumber, runCommand } from "./terminal/command.ts";

await runCommand(async () => {
  const { words, values } = readCommand(
    "npm run corpus",
    { words: ["service"], switches: [], values: ["times"] },
    process,
  );
  const all = [...corpus.faulty, ...corpus.right];
  const [name] = words;
  if (name !== undefined && !all.includes(name)) {
    throw new CouldNotRun(`The corpus has no "${name}".`, `It has: ${all.join(", ")}.`);
  }
  const times = readNumber("times", values.times ?? "1");
  const names = name === undefined ? all : [name];
  const began = performance.now();
  const verdicts = await sweepCorpus(Array.from({ length: times }, () => names).flat());
  const points = verdicts.reduce((sum, each) => sum + each.points, 0);
  const wrong = verdicts.filter(({ isRight }) => !isRight).length;
  const perPoint = Math.round((performance.now() - began) / points);
  console.log(
    `\n${corpus.faulty.length} services with a fault and ${corpus.right.length} without, ${times} times: ` +
      `${verdicts.length - wrong} right verdicts, ${wrong} wrong; ${points} crash points, ${perPoint} ms each`,
  );
  process.exitCode = wrong === 0 ? 0 : 1;
});
