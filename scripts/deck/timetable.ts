import type { Deck } from "./deck.ts";
import type { Part, Plan } from "./plans.ts";

/** A part of a plan, and when it begins. */
export interface Row {
  part: Part;
  title: string;
  /** Minutes after the plan's beginning. */
  at: number;
  minutes: number;
}

/** An exercise that can be left for later. */
export interface Leavable {
  deck: string;
  exercise: string;
  minutes: number;
}

/** When the parts of a plan begin, by the minutes of slides and exercises. `total` is in minutes. */
export function timetable(plan: Plan, decks: readonly Deck[]): { rows: Row[]; total: number } {
  let at = 0;
  const rows = plan.parts.map((part) => {
    const minutes = "pause" in part ? part.minutes : minutesOf(part, findDeck(part.deck, decks));
    const row = { part, title: titleOf(part, decks), at, minutes };
    at += minutes;
    return row;
  });
  return { rows, total: at };
}

/**
 * Which exercises after a pause to leave for later, in order, to save at least this many minutes. They
 * save less if the plan has no more exercises that may wait.
 */
export function leavableFor(
  plan: Plan,
  pause: Part,
  decks: readonly Deck[],
  minutes: number,
): Leavable[] {
  const later = plan.parts.slice(plan.parts.indexOf(pause) + 1);
  const mayWait = later.flatMap((part): Leavable[] => {
    if ("pause" in part) return [];
    const { slides } = findDeck(part.deck, decks);
    return part.mayWait.map((exercise) => ({
      deck: part.deck,
      exercise,
      minutes: slides.find((slide) => slide.exercise?.id === exercise)?.minutes ?? 0,
    }));
  });
  let won = 0;
  return mayWait.filter((each) => {
    const needed = won < minutes;
    won += each.minutes;
    return needed;
  });
}

/** The exercises that a plan has no time for: `02 agent`. */
export function leftOutOf({ parts }: Plan, decks: readonly Deck[]): string[] {
  const done = parts.flatMap((part) =>
    "pause" in part ? [] : part.exercises.map((exercise) => `${part.deck} ${exercise}`),
  );
  const all = decks.flatMap(({ name, slides }) =>
    slides.flatMap(({ exercise }) => (exercise === undefined ? [] : `${name} ${exercise.id}`)),
  );
  return all.filter((exercise) => !done.includes(exercise));
}

/** The minutes of all slides, except the exercises that are not done in the room. */
function minutesOf({ exercises }: Extract<Part, { deck: string }>, { slides }: Deck): number {
  return slides
    .filter(({ exercise }) => exercise === undefined || exercises.includes(exercise.id))
    .reduce((sum, { minutes }) => sum + minutes, 0);
}

function titleOf(part: Part, decks: readonly Deck[]): string {
  if ("pause" in part) return part.pause;
  const { name, title, chapter } = findDeck(part.deck, decks);
  return chapter ? `${name} ${title}` : title;
}

function findDeck(name: string, decks: readonly Deck[]): Deck {
  const found = decks.find((deck) => deck.name === name);
  if (found === undefined) throw new Error(`A plan names a deck that does not exist: ${name}.`);
  return found;
}
