import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../checks/stage/loopback.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { waitFor } from "../../checks/stage/wait.ts";
import { chapters, stubs } from "../../manifest.ts";
import { browserArguments, findBrowser } from "./browser.ts";
import { readDecks } from "./deck.ts";

const executablePath = findBrowser();
if (executablePath === undefined) {
  console.log("The slides' tests in a browser are skipped: no Chrome or Chromium was found.");
}

const decks = readDecks();
const indices = decks.flatMap(({ slides }, h) => slides.map((_, v) => ({ h, v })));

/** The pages beside the slides, each with a sentence from the middle of its text. */
const pages = [
  ...chapters.map(({ number, slug, title }) => ({
    name: slug,
    title: `${number} ${title}`,
    sentence: middleOf(join(stubs, slug, "README.md")),
  })),
  {
    name: "guide",
    title: "Leading the workshop",
    sentence: middleOf("slides/README.md"),
  },
];

/** The longest run of plain words in the middle third of a Markdown file. */
function middleOf(file: string): string {
  const text = readFileSync(join(root, file), "utf8");
  const middle = text.slice(text.length / 3, (text.length * 2) / 3).replaceAll(/```[^`]*```/g, "");
  const runs = middle.match(/[A-Z][a-z ,]{20,}/g) ?? [];
  return runs.toSorted((one, other) => other.length - one.length)[0]?.trim() ?? "";
}

let port = 0;
let stop: () => Promise<unknown>;
let said = "";

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  const args = [join(root, "scripts/slides.ts"), "--no-open", "--port", String(port)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close");
  stop = () => {
    child.kill("SIGINT");
    return ended;
  };
  await waitFor("the slides", 90_000, async () => said.includes("Ctrl-C stops them.") || undefined);
});

afterAll(() => stop());

/** The HTTP status of the answer to a path, which is sent as it is. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("only the slides can be fetched", async () => {
  expect(await statusOf("/")).toBe(200);
  for (const path of [
    "/../package.json",
    "/..%2f..%2f..%2fpackage.json",
    "/package.json",
    "/%2e%2e/package.json",
  ]) {
    expect(await statusOf(path), path).toBeGreaterThanOrEqual(400);
  }
});

test("a port that is taken, or is none, is told in two lines", async () => {
  for (const [word, line] of [
    [String(port), `Port ${port} is in use.`],
    ["here", '"here" is not a port.'],
  ]) {
    const child = spawn(process.execPath, [join(root, "scripts/slides.ts"), "--port", word ?? ""]);
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const [code] = await once(child, "close");
    expect(code).toBe(2);
    expect(output.trim().split("\n")).toEqual([line, expect.any(String)]);
  }
});

describe.skipIf(executablePath === undefined)("in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? "",
      args: browserArguments,
    });
  });
  afterAll(() => browser?.close());

  /** Opens the slides. Collects errors and requests to other machines. */
  async function open(size: { width: number; height: number }, theme: string, at = "") {
    const page = await browser.newPage({ viewport: size });
    const troubles = collectTroubles(page);
    await page.goto(`http://localhost:${port}/?theme=${theme}${at}`);
    await page.locator(".reveal.ready").waitFor();
    return { page, troubles };
  }

  test.each([
    [1920, 1080, "light"],
    [1280, 720, "light"],
    [1280, 720, "dark"],
  ])(
    "every slide fits at %i by %i and can be read, %s",
    async (width, height, theme) => {
      const { page, troubles } = await open({ width, height }, theme);
      await page.addStyleTag({
        content: ".fragment { visibility: visible !important; opacity: 1 !important }",
      });
      const complaints: string[] = [];
      for (const { h, v } of indices) {
        const found = (await page.evaluate(lookAt(h, v))) as string[];
        complaints.push(...found.map((complaint) => `${decks[h]?.name}/${v}: ${complaint}`));
      }
      expect(complaints).toEqual([]);
      expect(troubles).toEqual([]);
      await page.close();
    },
    120_000,
  );

  const phone = { width: 390, height: 844 };
  const laptop = { width: 1280, height: 720 };

  test.each([
    ["on a laptop", laptop, true],
    ["without script", laptop, false],
    ["on a phone", phone, true],
  ])("every page beside the slides shows what it says, %s", async (_, viewport, withScript) => {
    const context = await browser.newContext({ viewport, javaScriptEnabled: withScript });
    const page = await context.newPage();
    const troubles = collectTroubles(page);
    for (const { name, title, sentence } of pages) {
      await page.goto(`http://localhost:${port}/lessons/${name}/`);
      await page.getByRole("heading", { name: title, level: 1 }).waitFor({ state: "visible" });
      expect(sentence.length, name).toBeGreaterThan(20);
      const middle = page.locator("main").getByText(sentence).first();
      await middle.scrollIntoViewIfNeeded();
      expect(await middle.isVisible(), name).toBe(true);
      const overflow =
        "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await page.evaluate(overflow), name).toBe(0);
      const blocks = withScript ? await page.locator("main pre").count() : 0;
      expect(await page.getByRole("button", { name: "Copy" }).count(), name).toBe(blocks);
    }
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("every page links to places that are there, headings of its own among them", async () => {
    const page = await browser.newPage();
    for (const { name } of pages) {
      await page.goto(`http://localhost:${port}/lessons/${name}/`);
      const links = (await page.evaluate(
        "[...document.links].map(({ href }) => href)",
      )) as string[];
      const local = links.filter((href) => href.startsWith(`http://localhost:${port}/`));
      expect(local).toContain(`http://localhost:${port}/#/${Number.parseInt(name, 10) || 0}`);
      for (const href of new Set(local)) {
        const { pathname, hash } = new URL(href);
        expect(await statusOf(pathname), href).toBe(200);
        if (pathname !== `/lessons/${name}/` || hash === "") continue;
        const found = await page.locator(`[id="${decodeURIComponent(hash.slice(1))}"]`).count();
        expect(found, href).toBe(1);
      }
    }
    await page.close();
  });

  test("a button copies a command, and a printed page has none", async () => {
    const context = await browser.newContext({
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    await page.goto(`http://localhost:${port}/lessons/01-durable-execution/`);
    const block = page.locator(".block", { hasText: "San Francisco" }).first();
    const code = await block.locator("pre").boundingBox();
    const button = await block.getByRole("button").boundingBox();
    expect(button?.y, "hides no code").toBeGreaterThanOrEqual((code?.y ?? 0) + (code?.height ?? 0));
    await block.getByRole("button").click();
    await block.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(chapters[0]?.curl[0]);
    await page.emulateMedia({ media: "print" });
    expect(await block.getByRole("button").isVisible()).toBe(false);
    expect(await block.locator("pre").isVisible()).toBe(true);
    await context.close();
  });

  test("deep links, arrow keys and the speaker's view work", async () => {
    const { page, troubles } = await open({ width: 1280, height: 720 }, "light", "#/03/4");
    expect(await indicesOf(page)).toEqual({ h: 3, v: 4 });
    await page.goto(`http://localhost:${port}/#/0/0`);
    await expect.poll(() => indicesOf(page)).toEqual({ h: 0, v: 0 });
    await page.keyboard.press("ArrowRight");
    expect(await indicesOf(page)).toEqual({ h: 0, v: 1 });
    await page.keyboard.press("ArrowLeft");
    expect(await indicesOf(page)).toEqual({ h: 0, v: 0 });
    const [speaker] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("s")]);
    await speaker.getByText("Welcome. Say who you are").waitFor();
    await speaker.locator(".pacing").first().waitFor({ state: "attached" });
    expect(troubles).toEqual([]);
    await page.close();
  });
});

/** Collects what the page's console prints from now on, and requests that leave this machine. */
function collectTroubles(page: Page): string[] {
  const troubles: string[] = [];
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (asked) => {
    const { hostname, protocol } = new URL(asked.url());
    if (protocol !== "data:" && hostname !== "localhost") troubles.push(asked.url());
  });
  return troubles;
}

async function indicesOf(page: Page): Promise<unknown> {
  return page.evaluate("(({ h, v }) => ({ h, v }))(globalThis.deck.getIndices())");
}

/**
 * Shows a slide and returns what is wrong with it. Runs in the browser. Text must be inside the slide and
 * have enough contrast with its background, as the Web Content Accessibility Guidelines ask: a ratio of
 * 4.5, or of 3 for code, whose letters are large and coloured by kind.
 */
const lookAt = (h: number, v: number) => `(() => {
  deck.slide(${h}, ${v}, 99);
  const slide = deck.getCurrentSlide();
  const view = slide.closest(".slides").getBoundingClientRect();
  const complaints = [];
  const rgb = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (color) => {
    const [r, g, b] = rgb(color).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (rgb(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of slide.querySelectorAll("*")) {
    if (element.closest("aside.notes")) continue;
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent.trim()).join("");
    if (text === "" && !["IMG", "PRE", "rect"].includes(element.tagName)) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0) continue;
    const outside = Math.max(view.left - box.left, view.top - box.top, box.right - view.right, box.bottom - view.bottom);
    if (outside > 2) complaints.push("does not fit: " + (text || element.tagName).slice(0, 40));
    const cut = element.closest("pre code");
    if (cut && box.right > cut.getBoundingClientRect().right + 1) complaints.push("code is cut: " + text.slice(0, 40));
    if (text === "") continue;
    const style = getComputedStyle(element);
    const inSvg = element.tagName === "text";
    const rect = inSvg && element.closest(".box")?.querySelector("rect");
    const around = rect && rect.getBoundingClientRect();
    if (around && (box.left < around.left || box.right > around.right)) complaints.push("wider than its box: " + text);
    const ground = rect ? getComputedStyle(rect).fill : groundOf(element);
    const [one, other] = [light(inSvg ? style.fill : style.color), light(ground)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (cut ? 3 : 4.5)) complaints.push("contrast " + ratio.toFixed(1) + ": " + text.slice(0, 40));
  }
  return complaints;
})()`;
