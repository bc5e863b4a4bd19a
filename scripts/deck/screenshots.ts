import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startChild } from "../../checks/stage/children.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { makeRunFolder, root, workshopFolder } from "../../checks/stage/run-folder.ts";
import { waitFor } from "../../checks/stage/wait.ts";
import { chapters } from "../../manifest.ts";
import { askControl } from "../running/control.ts";
import { freeWorkshopPorts } from "../running/ports.ts";
import { browserArguments, findBrowser } from "./browser.ts";

/** A picture to take of Restate's UI. */
interface Shot {
  /** The picture's name below `slides/screenshots`. */
  name: string;
  /** Prepares what the picture shows; returns the page of the UI. */
  arrange: (workshop: Workshop) => Promise<string>;
  /** Texts that the page has when it is ready. */
  shows: readonly string[];
  size: { width: number; height: number };
}

interface Workshop {
  /** Runs one of a chapter's curl commands; returns the ids of what it invoked, in order. */
  send(chapter: string, nth: number): Promise<string[]>;
  break(chapter: string, breakage: string): Promise<void>;
}

const folder = join(root, "slides", "screenshots");
const ofInvocation = async (ids: Promise<string[]>) => `invocations/${(await ids)[0]}`;

const shots: readonly Shot[] = [
  {
    name: "denver-retrying",
    arrange: (workshop) => ofInvocation(workshop.send("01", 2)),
    shows: ["Backing-off", "get weather"],
    size: { width: 1100, height: 900 },
  },
  {
    name: "waiting-approval",
    arrange: (workshop) => ofInvocation(workshop.send("03", 1)),
    shows: ["Running", "request review"],
    size: { width: 1100, height: 560 },
  },
  {
    name: "queued-sessions",
    arrange: async (workshop) => {
      await workshop.break("04", "model-silent");
      await workshop.send("04", 4);
      return "invocations?filter_target_service_name=Chat";
    },
    shows: ["Pending"],
    size: { width: 1500, height: 900 },
  },
  {
    name: "parallel-steps",
    arrange: (workshop) => ofInvocation(workshop.send("06", 1)),
    shows: ["Succeeded", "eligibility", "fraud"],
    size: { width: 1100, height: 600 },
  },
  {
    name: "rolled-back-booking",
    arrange: (workshop) => ofInvocation(workshop.send("08", 3)),
    shows: ["Failed", "cancel"],
    size: { width: 1100, height: 980 },
  },
];

/** Removes this machine's paths from what a page shows. Runs in the browser. */
const withoutPlaces = `
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.textContent.includes(${JSON.stringify(root)})) {
      node.textContent = node.textContent.replaceAll(${JSON.stringify(`${root}/`)}, "");
    }
  }`;

/** Takes all pictures of Restate's UI that slides show. */
export async function takeScreenshots(): Promise<void> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new CouldNotRun(
      "No Chrome or Chromium was found.",
      "Install one, then type the command again.",
    );
  }
  makeRunFolder();
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: browserArguments });
  for (const shot of shots) {
    // Each picture gets a workshop of its own, with nothing else in it.
    await withWorkshop(async (workshop, uiUrl) => {
      const page = await browser.newPage({ viewport: shot.size, deviceScaleFactor: 1.5 });
      await page.goto(`${uiUrl}/${await shot.arrange(workshop)}`);
      for (const text of shot.shows) await page.getByText(text).first().waitFor();
      await page.evaluate(withoutPlaces);
      await page.screenshot({ path: join(folder, `${shot.name}.png`), animations: "disabled" });
      await page.close();
    });
    console.log(`slides/screenshots/${shot.name}.png`);
  }
  await browser.close();
}

async function withWorkshop(
  use: (workshop: Workshop, uiUrl: string) => Promise<void>,
): Promise<void> {
  const { ports, variables } = await freeWorkshopPorts();
  const { "ingress-port": ingress, "admin-port": admin } = ports;
  const child = startChild(
    process.execPath,
    [join(root, "scripts", "start.ts"), "--solution", "--fresh"],
    {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await waitFor("npm start", 30_000, async () => output.includes("Ctrl-C stops") || undefined);
  await use(
    {
      send: (chapter, nth) => sendCommand(chapter, nth, ingress),
      break: async (chapter, breakage) => {
        await askControl(String(ingress), { kind: "break", chapter, breakage });
      },
    },
    `http://localhost:${admin}/ui`,
  );
  child.kill("SIGINT");
  await once(child, "close");
  rmSync(join(workshopFolder, `restate-${ingress}`), { recursive: true, force: true });
}

/** Sends the calls of a curl command, without waiting for their answers. */
async function sendCommand(number: string, nth: number, ingress: number): Promise<string[]> {
  const lines = chapters.find((chapter) => chapter.number === number)?.curl[nth - 1] ?? "";
  const calls = [...lines.matchAll(/localhost:8080\/(\S+)[\s\\]+--json '([^']*)'/g)];
  const ids: string[] = [];
  for (const [, path = "", body = ""] of calls) {
    const url = `http://localhost:${ingress}/${path.replace(/\/send$/, "")}/send`;
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body });
    ids.push(((await response.json()) as { invocationId: string }).invocationId);
  }
  return ids;
}
