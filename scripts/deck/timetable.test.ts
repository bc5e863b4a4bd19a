import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../checks/stage/run-folder.ts";
import type { Deck, Slide } from "./deck.ts";
import type { Plan } from "./plans.ts";
import { leavableFor, timetable } from "./timetable.ts";

const slide = (minutes: number, id?: string): Slide => ({
  title: "",
  minutes,
  exercise: id === undefined ? undefined : { id, service: "", minutes },
  markdown: "",
  notes: "",
});
const deck = (name: string, slides: Slide[]): Deck => ({
  name,
  title: name,
  file: "",
  chapter: undefined,
  slides,
});
const decks = [deck("01", [slide(5), slide(15, "agent"), slide(20, "other")])];
const pause = { pause: "break", minutes: 10 };
const one = { deck: "01", exercises: ["agent"], mayWait: ["agent"] };
const plan: Plan = { name: "", minutes: 60, parts: [one, pause, { ...one }] };

test("parts follow each other, with the exercises that are done in the room", () => {
  const { rows, total } = timetable(plan, decks);
  expect(rows.map(({ at, minutes }) => [at, minutes])).toEqual([
    [0, 20],
    [20, 10],
    [30, 20],
  ]);
  expect(total).toBe(50);
});

test("what is left for later lies behind the pause", () => {
  expect(leavableFor(plan, pause, decks, 15)).toEqual([
    { deck: "01", exercise: "agent", minutes: 15 },
  ]);
});

/** Runs `npm run schedule` as npm does. */
function schedule(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const command = [join(root, "scripts/schedule.ts"), ...args];
    const child = execFile(process.execPath, command, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr });
    });
  });
}

test("both plans fit, from a time on, and say what to leave for later", async () => {
  const { code, output } = await schedule("--start", "13:30");
  expect(output).toMatch(/^half day, 13:30 to 17:\d\d$/m);
  expect(output).toMatch(/^one day, 13:30 to 2\d:\d\d$/m);
  expect(output).toMatch(/15 min behind\? Leave for later: \d\d \S+ \(\d+\)/);
  expect(code).toBe(0);
});

test("a time that is none is told in two lines", async () => {
  const { code, output } = await schedule("--start", "noon");
  expect(output).toBe('"noon" is not a time of day.\nType: npm run schedule -- --start 09:30\n');
  expect(code).toBe(2);
});
