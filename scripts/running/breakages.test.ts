import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Failure } from "../../checks/stage/failures.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { chapters, stubs } from "../../manifest.ts";
import { type Breakable, breakagesOf, nameColumn, type Standing } from "./breakages.ts";

const namesOf = (number: string) =>
  chapters
    .filter((each) => each.number === number)
    .flatMap(breakagesOf)
    .map(({ name }) => name);

test("Denver can be down where the agents do not fail for it by themselves", () => {
  for (const { number, slug, outside } of chapters) {
    if (!outside.includes("weather")) continue;
    const utils = join(root, stubs, slug, "utils.ts");
    const failsItself = existsSync(utils) && /"Denver"/.test(readFileSync(utils, "utf8"));
    expect(namesOf(number).includes("denver-down"), number).toBe(!failsItself);
  }
});

test("the reviewer and the specialists can be held where there are some", () => {
  const holding = (name: string) =>
    chapters.map(({ number }) => number).filter((number) => namesOf(number).includes(name));
  expect(holding("review-silent")).toEqual(["03", "05", "08"]);
  expect(holding("specialist-silent")).toEqual(["05", "06"]);
  expect(holding("slow-fraud")).toEqual(["05", "06"]);
});

test("each line of the list fits a terminal", () => {
  const lines = chapters
    .flatMap(breakagesOf)
    .map(({ name, does }) => `${nameColumn(name)} ${does}`);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const names = chapters.flatMap(breakagesOf).map(({ name }) => name);
  expect(new Set(names.map((name) => nameColumn(name).length)).size).toBe(1);
});

test("the slides and the lessons name nothing that there is not", () => {
  const slides = readdirSync(join(root, "slides")).filter((name) => name.endsWith(".md"));
  const files = [
    ...slides.map((name) => join("slides", name)),
    ...chapters.map(({ slug }) => join(stubs, slug, "README.md")),
  ];
  const unknown = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/npm run break (\d\d)\s+([a-z]+-[a-z-]+)/g)]
      .filter(([, number = "", name = ""]) => !namesOf(number).includes(name))
      .map(([words]) => `${file}: ${words}`),
  );
  expect(unknown).toEqual([]);
});

test("what is held is held until it is typed again", async () => {
  const standing = new Map<string, Standing>();
  const injected: Failure[] = [];
  const workshop: Breakable = {
    standing,
    inject: (each) => {
      standing.set(each.name, each);
      injected.push(each.failure);
    },
    breakable: () => true,
    killAgents: async () => {},
    killServer: async () => {},
    answerReview: async () => undefined,
  };
  const type = (name: string) =>
    chapters
      .flatMap(breakagesOf)
      .find((each) => each.name === name)
      ?.act(workshop);

  expect(await type("slow-fraud")).toMatch(/^The fraud specialist does not answer from now on/);
  const [held] = injected;
  expect(held?.standing).toBe(true);
  expect(await type("slow-fraud")).toMatch(/^The fraud specialist continues/);
  expect(held?.standing).toBe(false);
});
