import { styleText } from "node:util";
import { wrap } from "../../checks/report/render.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { countGiven, noteGiven } from "./given-hints.ts";
import {
  currentPlace,
  hasPassed,
  nameOf,
  type Place,
  placeBefore,
  placeThatFailed,
  readWorkOn,
  whatIsNext,
} from "./progress-file.ts";
import { findTargets } from "./targets.ts";
import { type Todo, todosOf } from "./todos.ts";

const command = "npm run hint";
const stages = ["question", "pointer", "nearlyTheCode"] as const;

/** An exercise to give a hint for. */
interface Open {
  place: Place;
  todos: readonly Todo[];
  /** The first failed check of its last run, if one failed. */
  failed: string | undefined;
}

/**
 * Gives the next hint for the exercise that failed in the learner's last check, or else for the current one.
 * If the exercise before that has passed and it has not been checked yet, says so instead.
 */
export async function giveHintHere(): Promise<void> {
  const failed = placeThatFailed();
  if (failed) return giveHint(nameOf(failed).split(" "));
  const place = currentPlace();
  if (place === undefined) {
    console.log("Every exercise has passed.");
    return;
  }
  const before = placeBefore(place);
  if (before === undefined || readWorkOn(place).failed !== undefined) {
    return giveHint(nameOf(place).split(" "));
  }
  console.log(`${nameOf(before)} has passed.\n${whatIsNext(before)}`);
  console.log(`For a hint without a check: ${command} ${nameOf(place)}`);
}

/**
 * Gives the next stage of a hint for the exercises that the words name, and records it. The TODO of the last
 * failed check comes first.
 *
 * @throws {CouldNotRun} if the words name nothing that exists
 */
export async function giveHint(words: readonly string[]): Promise<void> {
  const [todoWord] = words.slice(2);
  const named = findTargets(command, words.slice(0, 2), { tree: "solutions" });
  if (todoWord !== undefined) {
    giveStage(await findTodo(named, todoWord));
    return;
  }
  const open = named.filter((place) => !hasPassed(place));
  if (open.length === 0) {
    tellPassed(named);
    return;
  }
  const exercises = failedFirst(await Promise.all(open.map(look)));
  const next = exercises.flatMap(inOrder).find((todo) => countGiven(todo) < stages.length);
  if (next === undefined) {
    console.log(
      `You have had all hints. The solution: npm run diff ${words.slice(0, 2).join(" ")}`,
    );
    return;
  }
  const [first] = exercises;
  if (first?.failed !== undefined) console.log(tellFailed(first, first.failed, next));
  giveStage(next);
}

/** The TODO that a number names. */
async function findTodo(named: readonly Place[], word: string): Promise<Todo> {
  const all = await Promise.all(named.map(todosOf));
  const [todo, ...others] = all.flat().filter(({ number }) => String(number) === word);
  if (todo !== undefined && others.length === 0) return todo;
  const [first] = named;
  const name = first && nameOf(first);
  throw new CouldNotRun(
    `"${word}" does not name one TODO.`,
    `${first?.exercise.id} has ${all[0]?.length}. Type: ${command} ${name} 1`,
  );
}

async function look(place: Place): Promise<Open> {
  return { place, todos: await todosOf(place), failed: readWorkOn(place).failed };
}

/** First the exercise that failed in the last check, then those that failed when they were checked. */
function failedFirst(exercises: readonly Open[]): Open[] {
  const last = placeThatFailed();
  const rank = ({ place, failed }: Open) =>
    last && nameOf(place) === nameOf(last) ? 0 : failed === undefined ? 2 : 1;
  return exercises.toSorted((one, other) => rank(one) - rank(other));
}

/** An exercise's TODOs. Those of the last failed check come first. */
function inOrder({ todos, failed }: Open): Todo[] {
  if (failed === undefined) return [...todos];
  // If a check is about two TODOs, it fails because of the one that is not begun.
  const begunLast = todos.toSorted((a, b) => Number(b.untouched) - Number(a.untouched));
  return begunLast.toSorted((a, b) => Number(isAbout(b, failed)) - Number(isAbout(a, failed)));
}

function isAbout({ hint }: Todo, failed: string): boolean {
  return hint.checks.includes(failed);
}

/** Why this TODO is the next one. */
function tellFailed({ place, todos }: Open, failed: string, next: Todo): string {
  const last = placeThatFailed();
  const isLast = last === undefined || nameOf(last) === nameOf(place);
  const when = isLast ? "in your last check" : `when you last checked ${nameOf(place)}`;
  if (failed === "types") {
    return `The code did not compile ${when}: fix that first.\n`;
  }
  const check = `${place.chapter.number}.${failed}`;
  if (isAbout(next, failed) && todos.includes(next)) {
    const isOnly = todos.filter((todo) => isAbout(todo, failed)).length === 1;
    const which = isOnly ? "this TODO" : "this TODO, or about another one";
    return `${check} failed ${when}. It is about ${which}:`;
  }
  if (!todos.some((todo) => isAbout(todo, failed))) {
    return `${check} failed ${when}.\nThis check belongs to no single TODO. First read its message.\n`;
  }
  return [
    `${check} failed ${when}, and you have had all hints for it.`,
    `The solution: npm run diff ${nameOf(place)}. Here is a hint for another TODO.\n`,
  ].join("\n");
}

/** Gives a TODO's next stage, or the last stage again. */
function giveStage(todo: Todo): void {
  const { place, number, words, hint } = todo;
  const given = Math.min(countGiven(todo), stages.length - 1);
  const stage = stages[given] ?? "question";
  console.log(inLines(`${nameOf(place)}, TODO ${number}: ${words}`));
  console.log(`\n${styleText("bold", `Hint ${given + 1} of ${stages.length}`)}\n`);
  console.log(stage === "nearlyTheCode" ? hint[stage] : inLines(hint[stage]));
  noteGiven(todo, given + 1);
}

/** Text in lines that a terminal of 80 columns shows whole. */
function inLines(text: string): string {
  return wrap(text, 80).join("\n");
}

/** Says that all these exercises have passed, and what comes next. */
function tellPassed(passed: readonly Place[]): void {
  const [first] = passed;
  const [last] = passed.slice(-1);
  if (first === undefined || last === undefined) return;
  if (passed.length === 1) console.log(`${nameOf(first)} has passed.`);
  else if (first.chapter === last.chapter) {
    console.log(`Chapter ${first.chapter.number} has passed.`);
  }
  console.log(whatIsNext(last));
  console.log(`A hint anyway: ${command} ${nameOf(first)} 1`);
}
