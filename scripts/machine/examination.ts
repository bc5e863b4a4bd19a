// machine/: what this machine, its shell and this copy of the workshop must have.

import { accessSync, constants, existsSync, readFileSync, realpathSync, statfsSync } from "node:fs";
import { networkInterfaces, release } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { styleText } from "node:util";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { startServerForChecks } from "../../checks/stage/restate/for-checks.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { chapters } from "../../manifest.ts";
import { findBrowser } from "../deck/browser.ts";
import { filesAsTheyCame } from "../learner/as-it-came.ts";
import { existingFile } from "../learner/targets.ts";
import { choosePort, type PortFlag, ports } from "../running/ports.ts";
import { shellsCurlProxy } from "../terminal/proxies.ts";
import { asSystemTrouble, otherOwner } from "../terminal/system-trouble.ts";

/** A finding about this machine: that it is fine, or what to do. */
export interface Finding {
  about: string;
  is: string;
  /** Set only if the workshop cannot run this way, or not all of it. */
  remedy?: string;
}

// In bytes. The server's data and its log need much less.
const roomNeeded = 1e9;
// In milliseconds. The server needs a tenth of that to start, and a third on busy cores.
const patience = 4000;
const packagesFolder = join(root, "node_modules");

/** A finding as lines for a terminal: two lines if there is something to do. */
export function renderFinding({ about, is, remedy }: Finding): string[] {
  const mark = remedy === undefined ? styleText("green", "✓") : styleText("red", "✗");
  const line = `${mark} ${about.padEnd(10)} ${is}`;
  return remedy === undefined ? [line] : [line, `${" ".repeat(13)}${remedy}`];
}

/** Examines everything that the workshop needs from this machine. Sends nothing to other machines. */
export async function examine(): Promise<Finding[]> {
  return [
    node(),
    platform(),
    found("folder", "is writable, and its name works", folder),
    found("packages", "complete, in the versions of package.json", packages),
    found("exercises", "all there", exercises),
    await server(),
    ...(await Promise.all((Object.keys(ports) as PortFlag[]).map(port))),
    disk(),
    key(),
    proxy(),
    network(),
    browser(),
  ];
}

/**
 * Examines something.
 *
 * @param look throws what is wrong
 */
function found(about: string, well: string, look: () => void): Finding {
  try {
    look();
    return { about, is: well };
  } catch (error) {
    return asFinding(about, error);
  }
}

/** @throws the error itself, if it is the workshop's own fault */
function asFinding(about: string, error: unknown): Finding {
  const told = error instanceof CouldNotRun ? error : asSystemTrouble(error);
  if (told === undefined) throw error;
  return { about, is: told.message, remedy: told.remedy };
}

function node(): Finding {
  const isOwn = realpathSync(process.execPath).startsWith(join(realpathSync(root), "node_modules"));
  const whose = isOwn ? "the workshop's own" : "this machine's: the workshop's own is not used";
  return { about: "Node", is: `${process.versions.node}, ${whose}` };
}

function platform(): Finding {
  const is = `${process.platform} on ${process.arch}`;
  const known = ["linux", "darwin"].includes(process.platform);
  if (known && ["x64", "arm64"].includes(process.arch)) return { about: "platform", is };
  const remedy =
    process.platform === "win32"
      ? "Run the workshop in WSL2."
      : "Restate's server runs on Linux and macOS, on x64 and arm64: use another machine.";
  return { about: "platform", is, remedy };
}

function folder(): void {
  const trouble = troubleWithPlace(root, release());
  if (trouble) throw trouble;
  // The checks also write a little into the packages' folder.
  for (const place of [root, packagesFolder]) {
    const owned = otherOwner(place);
    if (owned) throw owned;
    accessSync(place, constants.W_OK);
  }
}

/**
 * What is wrong with the workshop's place, if anything is.
 *
 * @param kernel the release of the kernel, as `uname -r` prints it; that of WSL2 names Microsoft
 */
export function troubleWithPlace(path: string, kernel: string): CouldNotRun | undefined {
  const rename = "Give the folder another name.";
  if (path.includes("?"))
    return new CouldNotRun(
      "Its path contains a question mark, so checks cannot run there.",
      rename,
    );
  if (path.includes(":")) {
    return new CouldNotRun(
      "Its path contains a colon, so npm does not find the workshop's Node.",
      rename,
    );
  }
  if (path.startsWith("/mnt/") && /microsoft/i.test(kernel)) {
    return new CouldNotRun(
      "It is on a Windows disk: everything is slow there, and saves are noticed late.",
      "Clone it into your home in WSL: cd ~, then git clone.",
    );
  }
  return undefined;
}

function packages(): void {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const all = { ...wanted.dependencies, ...wanted.devDependencies };
  for (const [name, version] of Object.entries(all)) {
    const file = join(root, "node_modules", name, "package.json");
    const remedy = "Run `npm install`.";
    if (!existsSync(file)) throw new CouldNotRun(`${name} is missing.`, remedy);
    const installed = (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    if (installed !== version) {
      throw new CouldNotRun(`${name} is ${installed}, but must be ${version}.`, remedy);
    }
  }
}

function exercises(): void {
  for (const chapter of chapters) {
    const code = filesAsTheyCame(chapter.slug).filter((path) => path.endsWith(".ts"));
    for (const path of code) existingFile(path, chapter);
  }
  for (const path of filesAsTheyCame("world")) {
    if (existsSync(join(root, path))) continue;
    throw new CouldNotRun(`There is no ${path}.`, "Bring it back with: npm run reset all");
  }
}

async function server(): Promise<Finding> {
  const about = "server";
  try {
    const begun = performance.now();
    const { process: started } = await startServerForChecks(makeRunFolder());
    try {
      await Promise.race([started.ready(), tooLong()]);
    } finally {
      await started.kill();
    }
    const took = (performance.now() - begun) / 1000;
    return { about, is: `Restate's server starts, in ${took.toFixed(1)} s` };
  } catch (error) {
    return asFinding(about, error);
  }
}

async function tooLong(): Promise<never> {
  await pause(patience, undefined, { ref: false });
  throw new CouldNotRun(
    `Restate's server did not start in ${patience / 1000} s.`,
    "Close what keeps this machine busy, then type the command again.",
  );
}

async function port(flag: PortFlag): Promise<Finding> {
  const about = "port";
  try {
    const number = await choosePort(flag, {}, "npm start");
    return { about, is: `${number} is free for ${ports[flag].whose}` };
  } catch (error) {
    return asFinding(about, error);
  }
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync(root);
  const is = `${((bavail * bsize) / 1e9).toFixed(1)} GB free`;
  if (bavail * bsize >= roomNeeded) return { about: "disk", is };
  return { about: "disk", is, remedy: "Make room for 1 GB on the disk that has this folder." };
}

function key(): Finding {
  const about = "model";
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: baseUrl } = process.env;
  if (baseUrl) return { about, is: `${baseUrl}, as OPENAI_BASE_URL says` };
  if (!key) return { about, is: "scripted, because no OPENAI_API_KEY is set" };
  if (/^(sk-)?[.…x*]+$|^<.*>$|your|placeholder|changeme|\.\.\./i.test(key)) {
    return {
      about,
      is: "OPENAI_API_KEY is set to a placeholder",
      remedy: "Unset OPENAI_API_KEY for the scripted model, or set your own key.",
    };
  }
  return { about, is: "OpenAI, as OPENAI_API_KEY says; checks use the scripted one" };
}

function proxy(): Finding {
  if (shellsCurlProxy === undefined) return { about: "proxy", is: "none for curl and localhost" };
  return {
    about: "proxy",
    is: `${shellsCurlProxy.variable} sends the lessons' curl lines to a proxy`,
    remedy: "In the terminal where you use curl, type: export no_proxy=localhost,127.0.0.1",
  };
}

function network(): Finding {
  const addresses = Object.values(networkInterfaces()).flat();
  const isUp = addresses.some((address) => address && !address.internal);
  return { about: "network", is: isUp ? "up; not needed" : "none; not needed once installed" };
}

function browser(): Finding {
  return {
    about: "browser",
    is: findBrowser() ?? "no Chrome or Chromium found; any other browser works",
  };
}
