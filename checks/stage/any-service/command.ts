import { once } from "node:events";
import { connect } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { AgentProcess } from "../agents/process.ts";
import { hasEnded, killChild, startChild } from "../children.ts";
import { CouldNotRun } from "../could-not-run.ts";
import { freePorts, isFree } from "../loopback.ts";
import { waitFor } from "../wait.ts";
import { type Protocol, protocolAt } from "./protocol.ts";

/** A command that serves any service. */
export interface Command {
  /** As you type it in a shell. */
  line: string;
  /** Where it is typed. */
  folder: string;
  /** Where the service listens; undefined if it listens where the variable PORT says. */
  port: number | undefined;
}

// Milliseconds. A program may compile itself first.
const startCap = 60_000;
const noticeAfter = 5_000;
const portCap = 20_000;
const portHint =
  "It must read the variable PORT. If it has a port of its own, add --port with that port.";
const firstBytesCap = 5_000;

/**
 * Starts a command in a process group of its own; resolves once it serves HTTP/2.
 *
 * @param environment all its variables, PORT excepted
 * @param say receives a line for those who wait, if it takes long
 * @throws {CouldNotRun} if it ends, never listens, or speaks another protocol
 */
export async function startCommand(
  { line, folder, port: fixed }: Command,
  environment: Record<string, string>,
  say: (line: string) => void,
): Promise<AgentProcess> {
  const port = fixed ?? (await freePorts(1))[0] ?? 0;
  if (fixed !== undefined) await untilFree(fixed);
  const child = startChild("/bin/sh", ["-c", line], {
    cwd: folder,
    env: { ...environment, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const ended = once(child, "exit").then(([code, signal]) => describeEnd(code, signal, printed));
  const notice = setTimeout(() => {
    say(
      `Waiting until the command listens on port ${port}. ${fixed === undefined ? portHint : ""}`,
    );
  }, noticeAfter);
  try {
    const deadline = performance.now() + startCap;
    for (;;) {
      if (hasEnded(child)) {
        throw new CouldNotRun(`The command has ended: ${await ended}`, `It was: ${line}`);
      }
      const protocol = await protocolAt(port, firstBytesCap);
      if (protocol === "HTTP/2") break;
      if (protocol !== "nothing") throw unreadable(protocol);
      if (performance.now() > deadline) throw silent(port, printed);
      await pause(10);
    }
  } catch (error) {
    await killChild(child);
    throw error;
  } finally {
    clearTimeout(notice);
  }
  return {
    port,
    ended,
    responds: (within) => answersPing(port, within),
    setClock: undefined,
    kill: () => killChild(child),
  };
}

async function untilFree(port: number): Promise<void> {
  await waitFor(`port ${port}`, portCap, async () => (await isFree(port)) || undefined).catch(
    () => {
      throw new CouldNotRun(
        `Port ${port} is in use.`,
        "Stop what listens there, or let the command listen where the variable PORT says.",
      );
    },
  );
}

function unreadable(protocol: Protocol): CouldNotRun {
  return new CouldNotRun(
    `The service speaks ${protocol}. A sweep reads Restate's protocol over HTTP/2 without TLS.`,
    "Serve it over plain HTTP/2: restate.serve in TypeScript, Hypercorn in Python.",
  );
}

function silent(port: number, printed: string): CouldNotRun {
  const last = lastLine(printed);
  return new CouldNotRun(
    `After ${startCap / 1000} s nothing listens on port ${port}${last && `. The command printed: ${last}`}`,
    portHint,
  );
}

function describeEnd(code: number | null, signal: string | null, printed: string): string {
  const how = signal === null ? `exit code ${code}` : signal;
  const last = lastLine(printed);
  return last === "" ? how : `${how}, ${last}`;
}

/** The line that says most: an error's, or the last one. */
function lastLine(printed: string): string {
  const lines = stripVTControlCharacters(printed).split("\n");
  const told = lines.map((line) => line.trim()).filter((line) => line !== "");
  return told.findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? told.at(-1) ?? "";
}

/** Whether what listens on a port answers a ping of HTTP/2. A program that loops without end does not. */
function answersPing(port: number, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const settle = (answer: boolean) => {
      clearTimeout(timer);
      session.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(false), within);
    session.on("error", () => settle(false));
    session.once("connect", () => session.ping((error) => settle(error === null)));
  });
}
