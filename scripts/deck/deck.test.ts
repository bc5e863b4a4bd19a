import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { inColumns, pictureOf } from "../../checks/report/picture.ts";
import type { Call } from "../../checks/stage/events.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { chapters, stubs } from "../../manifest.ts";
import { copyFiles } from "../files/copy-files.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";
import { codeRegion } from "./code-region.ts";
import { readDecks } from "./deck.ts";
import { buildDeckSite, expectAllRead } from "./deck-site.ts";
import { drawPicture, drawTimeline } from "./timeline-diagram.ts";

const code = `import { a } from "a";

export default restate.service({
  handlers: {
    // TODO: keep it,
    // whatever happens.
    run: async (ctx) => {
      const [first] = find(ctx)
        .flatMap((each) => each);
      return { first };
    },
  },
});
`;

test.each([
  ["restate.service", 9, "export default restate.service({"],
  ["run", 5, "run: async (ctx) => {"],
  ["[first]", 2, "const [first] = find(ctx)"],
])("a region begins with its name and ends with its brackets: %s", (name, length, first) => {
  const region = codeRegion(code, name, "agent.ts");
  expect(region[0]).toBe(first);
  expect(region).toHaveLength(length);
});

test("of a property and a variable with one name, the variable is shown", () => {
  const both = "interface Offer {\n  reserve: () => void;\n}\nconst reserve = () => {};\n";
  expect(codeRegion(both, "reserve", "agent.ts")).toEqual(["const reserve = () => {};"]);
});

test("a region that is gone is an error that names it", () => {
  expect(() => codeRegion(code, "model", "agent.ts")).toThrow(
    "agent.ts no longer has a region model",
  );
});

test("a line for code that is not understood is an error, and not an empty slide", () => {
  const line = "<!-- code: exercises/a.ts#const delay 3 -->";
  expect(() => expectAllRead(`# A title\n\n${line}\n`, "09, slide 2")).toThrow(
    `09, slide 2 has a line that is not understood: ${line}`,
  );
});

test("a diagram has a box for each cell, which appears column by column", () => {
  const svg = drawTimeline("Agent: 1 model ✓; 2-3 tool <x> ✗\nRestate: 1 model =", "a slide");
  expect(svg.match(/<rect/g)).toHaveLength(3);
  expect(svg).toContain('class="box failed fragment" data-fragment-index="1"');
  expect(svg).toContain("✗ tool &lt;x>");
  expect(svg).toContain("= kept by Restate");
});

test("a run that was seen is drawn as a slide's diagram is", () => {
  const call = { service: "model", by: "agent", nth: 1, subject: "", outcome: "cut" } as Call;
  const picture = inColumns(
    pictureOf(
      [
        { at: 5, kind: "attempt", invocation: "inv" },
        { at: 9, kind: "call", call },
        { at: 12, kind: "agent killed" },
      ],
      [],
    ),
  );
  const text = "Process 1: 1 attempt 1 ✓; 3 killed ✗\nmodel: 2 call 1 ✗";
  expect(drawPicture(picture, "a run")).toBe(drawTimeline(text, "a slide"));
});

test("a lane's label wraps before it reaches the boxes", () => {
  const drawn = drawTimeline("The agent's clock: 1 8:59:58 ✓", "a slide");
  expect(drawn).toMatch(/>The agent's<.*>clock</s);
});

test.each([
  ["Agent: model ✓", "a box that cannot be read: model ✓"],
  ["Agent: 1 incomprehensibilities ✓; 9 end ✓", "does not fit its place"],
  ["Incomprehensibilities: 1 ends ✓", "does not fit its place"],
])("a diagram that cannot be drawn is an error: %s", (text, message) => {
  expect(() => drawTimeline(text, "a slide")).toThrow(message);
});

test("each chapter's deck has what a room needs", async () => {
  await buildDeckSite(join(makeRunFolder(), "site"));
  const decks = readDecks();
  expect(decks.map(({ name }) => name)).toEqual([
    "opening",
    ...chapters.map(({ number }) => number),
    "closing",
  ]);
  for (const { chapter, slides, name } of decks.filter((deck) => deck.chapter)) {
    const text = slides.map(({ markdown }) => markdown).join("\n");
    expect(text, name).toContain("```timeline");
    expect(text, name).toMatch(/^## Predict/m);
    expect(text, name).toMatch(/^## Demo/m);
    expect(text, name).toMatch(/^## Recap/m);
    const exercises = slides.flatMap(({ exercise }) => exercise?.id ?? []);
    expect(exercises, name).toEqual(chapter?.exercises.map(({ id }) => id));
    // All code comes from the repo's own files.
    expect(text, name).not.toMatch(/^```(ts|js|typescript)/m);
  }
});

test("the slides are the same whatever a learner does to the exercises", async () => {
  const copy = copyWorkshop();
  const site = async (name: string) => {
    const build = `const { buildDeckSite } = await import("./scripts/deck/deck-site.ts");
      await buildDeckSite("${name}");`;
    const args = ["--input-type=module", "-e", build];
    await promisify(execFile)(process.execPath, args, { cwd: copy });
    return contentOf(join(copy, name));
  };
  const asItCame = await site("as-it-came");
  copyFiles(join(copy, "solutions"), join(copy, "exercises"));
  expect(await site("solved")).toEqual(asItCame);
  rmSync(join(copy, "exercises/03-human-in-the-loop"), { recursive: true });
  rmSync(join(copy, "exercises/04-chat-memory/agent.ts"));
  expect(await site("deleted")).toEqual(asItCame);
  rmSync(join(copy, "exercises"), { recursive: true });
  expect(await site("all-deleted")).toEqual(asItCame);
});

test("the slides are the same in a checkout with the line ends of Windows", async () => {
  const copy = copyWorkshop();
  for (const part of ["checks", "exercises", "scripts", "slides", "solutions"]) {
    for (const [path] of contentOf(join(copy, part), /\.(ts|md|html|css|js)$/)) {
      const file = join(copy, part, path);
      const text = readFileSync(file, "utf8").replaceAll("\n", "\r\n");
      writeFileSync(file, `\uFEFF${text}`);
    }
  }
  const hintIn = async (workshop: string) => {
    const command = [join(workshop, "scripts/hint.ts"), "05", "sub-workflow-agent"];
    return (await promisify(execFile)(process.execPath, command)).stdout;
  };
  expect(await hintIn(copy)).toBe(await hintIn(copyWorkshop()));

  const build = `const { buildDeckSite } = await import("./scripts/deck/deck-site.ts");
    await buildDeckSite("site");`;
  const args = ["--input-type=module", "-e", build];
  const site = join(makeRunFolder(), "site");
  await buildDeckSite(site);
  await promisify(execFile)(process.execPath, args, { cwd: copy });
  const lines = (folder: string) =>
    contentOf(folder, /index\.html$/).map(([path]) => [
      path,
      readFileSync(join(folder, path), "utf8").replace(/[\r\uFEFF]/g, ""),
    ]);
  expect(lines(join(copy, "site"))).toEqual(lines(site));
});

/** The files below a folder: each path with the file's content in base64. */
function contentOf(folder: string, names = /./): [string, string][] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && names.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(folder, path), readFileSync(path, "base64")]);
}

test("links between the repo's pages lead somewhere", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "slides/README.md"];
  const lessons = chapters.map(({ slug }) => `${stubs}/${slug}/README.md`);
  const decks = readdirSync(join(root, "slides")).filter((name) => name.endsWith(".md"));
  for (const page of [...pages, ...lessons, ...decks.map((name) => `slides/${name}`)]) {
    const text = readFileSync(join(root, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue;
      const path = join(root, dirname(page), target);
      expect(existsSync(path), `${page} links to ${relative(root, path)}`).toBe(true);
    }
  }
  for (const [place, lesson] of lessons.entries()) {
    const text = readFileSync(join(root, lesson), "utf8");
    expect(text).toContain(`(http://localhost:8000/#/${place + 1})`);
  }
});
