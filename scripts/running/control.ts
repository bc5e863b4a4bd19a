import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { readText } from "../../checks/stage/http.ts";
import { listenOnLoopback } from "../../checks/stage/loopback.ts";
import { isRunning, workshopFolder } from "../../checks/stage/run-folder.ts";

/** What `npm start` is asked: to break something, to say what is broken, or to end that. */
export type Asked =
  | { kind: "break"; chapter: string; breakage: string }
  | { kind: "state" }
  /** What is broken in one chapter, or in all where none is named. */
  | { kind: "calm"; chapter?: string };

/**
 * Does it; returns what came of it, in words.
 *
 * @throws {CouldNotRun} where that cannot be
 */
export type Obey = (asked: Asked) => Promise<string>;

/** What is answered: words, and where it could not be done what to do. */
interface Answer {
  words: string;
  remedy?: string;
}

/** Where a running `npm start` takes such requests, as it writes it down for others to find. */
interface Address {
  pid: number;
  url: string;
  /** Known to who can read this folder, so that no web page can ask. */
  token: string;
}

const fileFor = (ingressPort: number) => join(workshopFolder, `running-${ingressPort}.json`);

/**
 * Takes requests from `npm run break`, until it is closed.
 *
 * @param ingressPort tells this workshop from others on this machine
 */
export async function openControl(
  ingressPort: number,
  obey: Obey,
): Promise<{ close(): Promise<void> }> {
  const token = randomUUID();
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== token) return response.writeHead(403).end();
    response.end(JSON.stringify(await answerTo(await readText(request), obey)));
  });
  const listening = await listenOnLoopback(server, 0);
  const address: Address = { pid: process.pid, url: listening.url, token };
  mkdirSync(workshopFolder, { recursive: true });
  writeFileSync(fileFor(ingressPort), JSON.stringify(address), { mode: 0o600 });
  return {
    close: async () => {
      rmSync(fileFor(ingressPort), { force: true });
      await listening.close();
    },
  };
}

async function answerTo(body: string, obey: Obey): Promise<Answer> {
  try {
    return { words: await obey(JSON.parse(body)) };
  } catch (error) {
    const { message, remedy = "Look at what npm start prints." } = error as CouldNotRun;
    return { words: message, remedy };
  }
}

/**
 * Asks the running `npm start` something.
 *
 * @param ingressPort which one, where there are several
 * @returns what it says
 * @throws {CouldNotRun} where none runs, several do, or it cannot do that
 */
export async function askControl(ingressPort: string | undefined, asked: Asked): Promise<string> {
  const { url, token } = findRunning(ingressPort, asked);
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: token },
    body: JSON.stringify(asked),
  }).catch(() => {
    throw new CouldNotRun("npm start was killed and has left its address.", "Start it again.");
  });
  const { words, remedy } = (await response.json()) as Answer;
  if (remedy !== undefined) throw new CouldNotRun(words, remedy);
  return words;
}

function findRunning(ingressPort: string | undefined, asked: Asked): Address {
  const names = existsSync(workshopFolder) ? readdirSync(workshopFolder) : [];
  const running = names.flatMap((name) => {
    const port = name.match(/^running-(\d+)\.json$/)?.[1];
    if (port === undefined || (ingressPort ?? port) !== port) return [];
    const address = readAddress(join(workshopFolder, name));
    return address && isRunning(address.pid) ? [{ ...address, port }] : [];
  });
  const [one, ...others] = running;
  if (one === undefined) {
    const where = ingressPort === undefined ? "" : ` with its ingress at ${ingressPort}`;
    const flag = ingressPort === undefined ? "" : ` -- --ingress-port ${ingressPort}`;
    const chapter = asked.kind === "break" ? ` ${asked.chapter}` : "";
    throw new CouldNotRun(
      `npm start is not running${where}, so there is nothing to break.`,
      `In another terminal: npm start${chapter}${flag}`,
    );
  }
  if (others.length > 0) {
    throw new CouldNotRun(
      `Several workshops run, with their ingress at ${running.map(({ port }) => port).join(", ")}.`,
      `Say which: ${typedFor(asked)} -- --ingress-port ${one.port}`,
    );
  }
  return one;
}

function typedFor(asked: Asked): string {
  const command = "npm run break";
  switch (asked.kind) {
    case "break":
      return `${command} ${asked.chapter} ${asked.breakage}`;
    case "calm":
      return [command, "calm", ...(asked.chapter ? [asked.chapter] : [])].join(" ");
    case "state":
      return command;
  }
}

/** Undefined where a workshop that was killed has left half of it. */
function readAddress(file: string): Address | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Address;
  } catch {
    return undefined;
  }
}
