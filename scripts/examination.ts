import { statfsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { styleText } from "node:util";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import { startServerForChecks } from "../checks/stage/restate/for-checks.ts";
import { makeRunFolder, root } from "../checks/stage/run-folder.ts";
import { findBrowser } from "./deck/browser.ts";
import { choosePort, type PortFlag, ports } from "./ports.ts";

/** Something about this machine: that it is well, or what to do. */
export interface Finding {
  about: string;
  is: string;
  /** Only where the workshop cannot run so, or not in full. */
  remedy?: string;
}

// Bytes: the server's data and its log stay far below.
const roomNeeded = 1e9;
const oldestNode = 22;

/** A finding as lines of a terminal: two where there is something to do. */
export function renderFinding({ about, is, remedy }: Finding): string[] {
  const mark = remedy === undefined ? styleText("green", "✓") : styleText("red", "✗");
  const line = `${mark} ${about.padEnd(10)} ${is}`;
  return remedy === undefined ? [line] : [line, `${" ".repeat(13)}${remedy}`];
}

/** Looks at all that the workshop needs of this machine; sends nothing anywhere. */
export async function examine(): Promise<Finding[]> {
  return [
    node(),
    platform(),
    await server(),
    ...(await Promise.all((Object.keys(ports) as PortFlag[]).map(port))),
    disk(),
    key(),
    network(),
    browser(),
  ];
}

function node(): Finding {
  const { node: version } = process.versions;
  const about = "Node";
  if (Number.parseInt(version, 10) >= oldestNode) return { about, is: `${version}, by npm run` };
  return {
    about,
    is: `${version} is too old, and not the workshop's own`,
    remedy: "Run `npm install`, then begin each command with `npm run`.",
  };
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

async function server(): Promise<Finding> {
  const about = "server";
  try {
    const begun = performance.now();
    const { process: started } = await startServerForChecks(makeRunFolder());
    try {
      await started.ready();
    } finally {
      await started.kill();
    }
    const took = (performance.now() - begun) / 1000;
    return { about, is: `Restate's server starts, in ${took.toFixed(1)} s` };
  } catch (error) {
    const { message, remedy } = error as Error & { remedy?: string };
    return { about, is: message, remedy: remedy ?? "Run `npm install` again." };
  }
}

async function port(flag: PortFlag): Promise<Finding> {
  const about = "port";
  try {
    const number = await choosePort(flag, {}, "npm start");
    return { about, is: `${number} is free for ${ports[flag].whose}` };
  } catch (error) {
    if (!(error instanceof CouldNotRun)) throw error;
    return { about, is: error.message, remedy: error.remedy };
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
  if (!key) return { about, is: "scripted, since no OPENAI_API_KEY is set" };
  if (/^(sk-)?[.…x*]+$|^<.*>$|your|placeholder|changeme|\.\.\./i.test(key)) {
    return {
      about,
      is: "OPENAI_API_KEY is set to a placeholder",
      remedy: "unset OPENAI_API_KEY for the scripted model, or set a key of yours.",
    };
  }
  return { about, is: "OpenAI, as OPENAI_API_KEY says; checks use the scripted one" };
}

function network(): Finding {
  const addresses = Object.values(networkInterfaces()).flat();
  const isUp = addresses.some((address) => address && !address.internal);
  return { about: "network", is: isUp ? "up; not needed" : "none; not needed once installed" };
}

function browser(): Finding {
  return {
    about: "browser",
    is: findBrowser() ?? "no Chrome or Chromium found; any other will do",
  };
}
