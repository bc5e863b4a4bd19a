import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { readText } from "../../checks/stage/http.ts";
import { listenOnLoopback } from "../../checks/stage/loopback.ts";
import { isRunning, workshopFolder } from "../../checks/stage/run-folder.ts";

/** A request to `npm start`: to break something, to say what is broken, or to end that. */
export type Asked =
  | { kind: "break"; chapter: string; breakage: string }
  | { kind: "state" }
  /** Ends what is broken in one chapter, or in all chapters if none is named. */
  | { kind: "calm"; chapter?: string };

/**
 * Does what was asked; returns the result in words.
 *
 * @throws {CouldNotRun} if that is impossible
 */
export type Obey = (asked: Asked) => Promise<string>;

/** The answer: words, and what to do if the request could not be done. */
interface Answer {
  words: string;
  remedy?: string;
}

/** The address at which a running `npm start` takes requests, as it writes it to a file. */
interface Address {
  pid: number;
  url: string;
  /** A secret that only readers of this folder know, so no web page can send requests. */
  token: string;
}

const fileFor = (ingressPort: number) => join(workshopFolder, `running-${ingressPort}.json`);

/**
 * Takes requests from `npm run break`, until it is closed.
 *
 * @param ingressPort identifies this workshop among others on this machine
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
 * Sends a request to the running `npm start`.
 *
 * @param ingressPort which one, if several run
 * @returns what it says
 * @throws {CouldNotRun} if none runs, several run, or it cannot do that
 */
export async function askControl(ingressPort: string | undefined, asked: Asked): Promise<string> {
  const { url, token } = findRunning(ingressPort, asked);
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: token },
    body: JSON.stringify(asked),
  }).catch(() => {
    throw new CouldNotRun("npm start was killed.", "Start it again.");
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

/** Undefined if a workshop that was killed has left half of the file. */
function readAddress(file: string): Address | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Address;
  } catch {
    return undefined;
  }
}
