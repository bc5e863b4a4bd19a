import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type Deck, readDecks } from "./deck.ts";
import { type Part, type Plan, plans } from "./plans.ts";
import { type Leavable, leavableFor, leftOutOf, timetable } from "./timetable.ts";

const command = "npm run schedule";
const behind = 15;

/** Prints when each part of each plan begins. Fails if a plan is too long. */
export function printSchedule(from: string): void {
  const start = readTime(from);
  const decks = readDecks();
  const overruns = plans.flatMap((plan) => printPlan(plan, decks, start));
  for (const words of overruns) console.log(words);
  process.exitCode = overruns.length === 0 ? 0 : 1;
}

/** Prints a plan; returns what is wrong with it. */
function printPlan(plan: Plan, decks: readonly Deck[], start: number): string[] {
  const { rows, total } = timetable(plan, decks);
  console.log(`${plan.name}, ${asTime(start)} to ${asTime(start + total)}`);
  for (const { at, minutes, title, part } of rows) {
    const time = `  ${asTime(start + at)} ${String(Math.round(minutes)).padStart(4)} min`;
    console.log(`${time}  ${title}${exercisesOf(part)}`);
    if ("pause" in part) {
      const left = leavableFor(plan, part, decks, behind);
      if (left.length > 0)
        console.log(`                   ${behind} min behind? Leave for later: ${tell(left)}`);
    }
  }
  console.log(`  Left out: ${leftOutOf(plan, decks).join(", ")}\n`);
  const over = Math.ceil(total - plan.minutes);
  return over > 0 ? [`The ${plan.name} takes ${over} minutes more than its ${plan.minutes}.`] : [];
}

function exercisesOf(part: Part): string {
  return "pause" in part || part.exercises.length === 0
    ? ""
    : `, with ${part.exercises.join(", ")}`;
}

function tell(left: readonly Leavable[]): string {
  return left.map(({ deck, exercise, minutes }) => `${deck} ${exercise} (${minutes})`).join(", ");
}

/** Minutes since midnight. */
function readTime(word: string): number {
  const [, hours, minutes] = word.match(/^([01]?\d|2[0-3]):([0-5]\d)$/) ?? [];
  if (hours === undefined || minutes === undefined) {
    throw new CouldNotRun(`"${word}" is not a time of day.`, `Type: ${command} -- --start 09:30`);
  }
  return Number(hours) * 60 + Number(minutes);
}

function asTime(minutes: number): string {
  const rounded = Math.round(minutes);
  const hours = Math.floor(rounded / 60) % 24;
  return `${String(hours).padStart(2, "0")}:${String(rounded % 60).padStart(2, "0")}`;
}
