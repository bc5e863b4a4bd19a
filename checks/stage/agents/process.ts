import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { hasEnded, killChild, startChild } from "../children.ts";
import { describeCrash } from "./crash.ts";
import type { Edits } from "./edited-files.ts";
import type { Message, Request, Selection } from "./serve.ts";

const entry = fileURLToPath(new URL("serve.ts", import.meta.url));
// Megabytes for young objects, so that a short life has next to no garbage collection in it.
const youngSpace = 64;
const editedFiles = new URL("edited-files.ts", import.meta.url).href;
const hastyTimersFile = new URL("hasty-timers.ts", import.meta.url).href;
const shiftedClock = new URL("shifted-clock.ts", import.meta.url).href;

/** The learner's code keeps the agents from being served, or has ended them. */
export class AgentDown extends Error {}

/** A process that serves agents. */
export interface AgentProcess {
  /** The port on loopback where it serves them. */
  readonly port: number;
  /** Resolves when the process has ended, with how, whether it was killed or ended itself. */
  readonly ended: Promise<string>;
  /** Whether it answers a message within so many milliseconds: one in an endless loop does not. */
  responds(within: number): Promise<boolean>;
  /**
   * Puts a clock that is behind forward to a time, in milliseconds since 1970; resolves once it is, or
   * the process has ended. Undefined where the clock is right.
   */
  readonly putClockForward: ((time: number) => Promise<void>) | undefined;
  kill(): Promise<void>;
}

/** What to serve, and where. */
export interface AgentSettings {
  /** Folders with an `app.ts` that exports `services`. */
  folders: string[];
  services: Selection;
  /** 0 takes a free port. */
  port: number;
  environment: Record<string, string>;
  /** How far its clock is behind, in milliseconds. */
  clockBehind: number;
  /** Whether the timers that their own code sets are over in a moment. */
  hastyTimers: boolean;
  /** What files are loaded with, in place of their text. */
  edits: Edits;
  /** Is given each piece of what the process prints, as it comes. */
  onOutput?: (text: string) => void;
}

// In milliseconds: loading takes a fraction of a second, and a loop never ends.
const importCap = 6_000;

/**
 * Starts a process that serves agents; resolves once it does.
 *
 * @throws {AgentDown} where the code does not load, ends the process, or never ends loading
 */
export async function startAgents(settings: AgentSettings): Promise<AgentProcess> {
  const {
    port: wanted,
    folders,
    services,
    environment,
    clockBehind,
    hastyTimers,
    edits,
  } = settings;
  const preload = [
    ...(clockBehind === 0 ? [] : ["--import", shiftedClock]),
    ...(hastyTimers ? ["--import", hastyTimersFile] : []),
    ...(Object.keys(edits).length === 0 ? [] : ["--import", editedFiles]),
  ];
  const child = startChild(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--min-semi-space-size=${youngSpace}`,
      `--max-semi-space-size=${youngSpace}`,
      ...preload,
      entry,
      String(wanted),
      JSON.stringify(services),
      ...folders,
    ],
    {
      env: {
        ...environment,
        WORKSHOP_CLOCK_BEHIND: String(clockBehind),
        WORKSHOP_EDITS: JSON.stringify(edits),
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      settings.onOutput?.(text);
    });
  }
  const ended = new Promise<string>((resolve) => {
    // "close" comes after the last output, "exit" may come before it.
    child.once("close", (code, signal) => resolve(describeCrash(code, signal, log)));
    child.once("error", (error) => resolve(error.message));
  });
  const port = await untilServed(child, ended);
  return {
    port,
    ended,
    responds: (within) => responds(child, within),
    putClockForward: clockBehind === 0 ? undefined : (time) => putClockForward(child, time, ended),
    kill: () => killChild(child),
  };
}

async function untilServed(child: ChildProcess, ended: Promise<string>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const served = new Promise<number>((resolve, reject) => {
    child.on("message", (message: Message) => {
      if (typeof message === "object" && "served" in message) resolve(message.served);
    });
    ended.then((how) => reject(new AgentDown(`The agents' process is gone: ${how}`)));
    timer = setTimeout(() => {
      reject(new AgentDown(`After ${importCap / 1000} s the agents are still being loaded.`));
    }, importCap);
  });
  try {
    return await served;
  } catch (error) {
    await killChild(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function putClockForward(
  child: ChildProcess,
  time: number,
  ended: Promise<string>,
): Promise<void> {
  if (hasEnded(child)) return;
  const isDone = new Promise<void>((resolve) => {
    const onMessage = (message: Message) => {
      if (typeof message !== "object" || !("clockAt" in message) || message.clockAt !== time)
        return;
      child.off("message", onMessage);
      resolve();
    };
    child.on("message", onMessage);
  });
  child.send({ clockAt: time } satisfies Request, () => {});
  await Promise.race([isDone, ended]);
}

function responds(child: ChildProcess, within: number): Promise<boolean> {
  if (hasEnded(child)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (answer: boolean) => {
      clearTimeout(timer);
      child.off("message", onMessage);
      resolve(answer);
    };
    const onMessage = (message: Message) => message === "pong" && settle(true);
    const timer = setTimeout(() => settle(false), within);
    child.on("message", onMessage);
    child.send("ping" satisfies Request, (error) => error && settle(false));
  });
}
