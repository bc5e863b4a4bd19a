import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { styleText } from "node:util";
import type { Help, Hints } from "../../checks/shared/hints.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root, workshopFolder } from "../../checks/stage/run-folder.ts";
import { importFile, readSource } from "../../checks/stage/source-file.ts";
import type { Chapter, Exercise } from "../../manifest.ts";
import { findTargets } from "./targets.ts";

const command = "npm run hint";
const tiers = 3;
const file = join(workshopFolder, "hints.json");

/** Tells the next hint of those that the words name, and notes that it was told. */
export async function giveHint(words: readonly string[]): Promise<void> {
  const [todoWord] = words.slice(2);
  const given = readGiven();
  const exercises = findTargets(command, words.slice(0, 2), { tree: "solutions" });
  const all = await Promise.all(
    exercises.map(async ({ chapter, exercise }) => {
      const hints = await hintsOf(chapter, exercise);
      const texts = todosOf(chapter, exercise);
      return hints.map((hint, place) => {
        const key = `${chapter.number} ${exercise.id} ${place + 1}`;
        const told = Math.min(given[key] ?? 0, tiers);
        return { chapter, exercise, hint, number: place + 1, key, told, text: texts[place] ?? "" };
      });
    }),
  );
  const todos = all.flat();
  const [next, ...others] =
    todoWord === undefined
      ? todos.filter(({ told }) => told < tiers)
      : todos.filter(({ number }) => String(number) === todoWord);
  if (todoWord !== undefined && (next === undefined || others.length > 0)) {
    const [first] = exercises;
    const count = todos.filter(({ exercise }) => exercise === first?.exercise).length;
    throw new CouldNotRun(
      `"${todoWord}" is no TODO of one exercise.`,
      `${first?.exercise.id} has ${count}. Type: ${command} ${first?.chapter.number} ${first?.exercise.id} 1`,
    );
  }
  if (next === undefined) {
    console.log(
      `You have had all hints. The solution: npm run diff ${words.slice(0, 2).join(" ")}`,
    );
    return;
  }

  const { chapter, exercise, hint, number, key, told, text } = next;
  // Who asks again for a TODO whose hints are all given gets the last one.
  const tier = Math.min(told, tiers - 1);
  console.log(`${chapter.number} ${exercise.id}, TODO ${number}: ${text}`);
  console.log(`\n${styleText("bold", `Hint ${tier + 1} of ${tiers}`)}  ${hint[tier]}`);
  writeGiven({ ...given, [key]: tier + 1 });
}

async function hintsOf({ slug }: Chapter, { id }: Exercise): Promise<Hints> {
  return (await importFile<Help>(join(root, "checks", slug, `${id}.hints.ts`))).hints;
}

/** What the TODOs of an exercise say, each in one line. */
function todosOf({ slug }: Chapter, { id }: Exercise): string[] {
  const code = readSource(join(root, "solutions", slug, `${id}.ts`));
  const comments = code.match(/^ *\/\/ TODO.*(\n *\/\/.*)*/gm) ?? [];
  return comments.map((comment) => comment.replace(/\n? *\/\/ (TODO: )?/g, " ").trim());
}

/** How many tiers were given of each TODO: `{"03 agent 1": 2}`. */
function readGiven(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

function writeGiven(given: Record<string, number>): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(given, null, 2));
}
