import { resolve } from "node:path";
import type { Asked } from "../checks/stage/asked.ts";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { checkExercises } from "./checking/check-exercises.ts";
import { chooseRuntime } from "./checking/runtime.ts";
import { currentPlace, nameOf } from "./learner/progress-file.ts";
import { findTargets, folderInRepo, withChapterHere } from "./learner/targets.ts";
import { readCommand, readNumber, runCommand } from "./terminal/command.ts";

const command = "npm run check";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    command,
    {
      words: ["chapter", "exercise"],
      switches: ["solution", "verbose", "watch"],
      values: ["dir", "json", "seed", "runtime", "advertise"],
    },
    process,
  );
  const where = choosePlace(values.dir, switches.solution);
  const asked = wordsOrPlace(withChapterHere(words), where);
  if (asked === undefined) {
    console.log("Every exercise has passed. To check one again: npm run check 01");
    return;
  }
  await checkExercises({
    targets: findTargets(command, asked, where),
    where,
    runtime: await chooseRuntime(values.runtime, values.advertise),
    seed: values.seed === undefined ? undefined : readNumber("seed", values.seed),
    json: values.json && resolve(process.env.INIT_CWD ?? "", values.json),
    verbose: switches.verbose,
    watch: switches.watch,
  });
});

function choosePlace(dir: string | undefined, solution: boolean): Asked["where"] {
  if (dir === undefined) return { tree: solution ? "solutions" : "exercises" };
  if (solution) {
    throw new CouldNotRun("--dir and --solution name different folders.", "Give one of them.");
  }
  return { subjects: [{ folder: folderInRepo(dir) }] };
}

/** Without words, the learner's current exercise; undefined if all have passed. */
function wordsOrPlace(words: readonly string[], where: Asked["where"]) {
  const isLearners = "tree" in where && where.tree === "exercises";
  if (words.length > 0 || !isLearners) return words;
  const current = currentPlace();
  return current && nameOf(current).split(" ");
}
