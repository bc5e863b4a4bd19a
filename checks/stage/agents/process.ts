import { workshopFolder } from "../run-folder.ts";
import { takeBlank } from "./blanks.ts";
import { describeCrash } from "./crash.ts";
import { type Host, startHost } from "./host.ts";
import type { ClockSetting, Message, Role } from "./role.ts";
import type { Logged } from "./told-log.ts";

/** The agents cannot start, or their process has ended, because of the learner's code. */
export class AgentDown extends Error {}

/** A process that serves agents. */
export interface AgentProcess {
  /** The port on loopback where it serves them. */
  readonly port: number;
  /** Resolves when the process has ended, by itself or by a kill, and says how. */
  readonly ended: Promise<string>;
  /** Whether it answers a message within this many milliseconds. In an endless loop it does not. */
  responds(within: number): Promise<boolean>;
  /**
   * Sets its clock; resolves when that is done or the process has ended. Undefined if only the system can
   * set it.
   */
  readonly setClock: ((to: ClockSetting) => Promise<void>) | undefined;
  kill(): Promise<void>;
}

/** What to serve, and where. */
export interface AgentSettings extends Omit<Role, "leavesCode" | "tellsLog"> {
  environment: Record<string, string>;
  /** Receives each piece of what the process prints, as it comes. */
  onOutput?: (text: string) => void;
  /** Receives each logged message, whole. Without it, the process prints them. */
  onLogged?: (logged: Logged) => void;
}

// Milliseconds. Loading takes a fraction of a second, or many seconds if ten other processes need the
// cores. An endless loop never ends.
const importCap = 30_000;

/**
 * Starts a process for agents, or takes a blank one; resolves once it serves them.
 *
 * @throws {AgentDown} if the code does not load, ends the process, or never finishes loading
 */
export async function startAgents(settings: AgentSettings): Promise<AgentProcess> {
  const { environment, onOutput, onLogged, ...rest } = settings;
  // No later process loads the copies of agents in a run's folder.
  const leavesCode = !rest.folders.some((folder) => folder.startsWith(workshopFolder));
  const role: Role = { ...rest, leavesCode, tellsLog: onLogged !== undefined };
  const blank = await takeBlank();
  const host = blank ?? startHost(role, environment);
  let log = "";
  host.onOutput((text) => {
    log += text;
    onOutput?.(text);
  });
  host.onMessage((message) => {
    if (typeof message !== "object" || !("logged" in message)) return;
    // A failed attempt in the SDK's log has not ended the process.
    if (message.logged.sdk === undefined) log += `${message.logged.text}\n`;
    onLogged?.(message.logged);
  });
  blank?.send({ role, environment });
  const ended = host.ended.then(({ code, signal }) => describeCrash(code, signal, log));
  const port = await untilServed(host, ended);
  return {
    port,
    ended,
    responds: (within) => responds(host, within),
    setClock: (to) => setClock(host, to, ended),
    kill: () => host.kill(),
  };
}

async function untilServed(host: Host, ended: Promise<string>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const served = new Promise<number>((resolve, reject) => {
    host.onMessage((message: Message) => {
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
    await host.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

let settings = 0;

async function setClock(host: Host, clock: ClockSetting, ended: Promise<string>): Promise<void> {
  if (host.isGone) return;
  const nth = ++settings;
  const isDone = new Promise<void>((resolve) => {
    const stop = host.onMessage((message) => {
      if (typeof message !== "object" || !("clockSet" in message) || message.clockSet !== nth) {
        return;
      }
      stop();
      resolve();
    });
  });
  host.send({ clock, nth });
  await Promise.race([isDone, ended]);
}

function responds(host: Host, within: number): Promise<boolean> {
  if (host.isGone) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (answer: boolean) => {
      clearTimeout(timer);
      stop();
      resolve(answer);
    };
    const stop = host.onMessage((message) => message === "pong" && settle(true));
    const timer = setTimeout(() => settle(false), within);
    host.ended.then(() => settle(false));
    host.send("ping");
  });
}
