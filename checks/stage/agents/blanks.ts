import { randomUUID } from "node:crypto";
import { BroadcastChannel } from "node:worker_threads";
import { cleanEnvironment } from "../environment.ts";
import { type End, type Host, startHost } from "./host.ts";
import type { Message, Request } from "./role.ts";

const variable = "WORKSHOP_BLANKS";
// Each takes about a hundred megabytes of memory.
const mostBlanks = 8;

/** A message between a thread and the keeper of blank processes. */
type Word =
  | { kind: "take"; by: string }
  | { kind: "taken"; by: string; pid: number | undefined }
  | { kind: "ask"; by: string; request: Request }
  | { kind: "told"; by: string; message: Message }
  | { kind: "printed"; by: string; text: string }
  | { kind: "ended"; by: string; end: End };

/** Keeps blank processes, which wait for their role. Any thread of this run can take one. */
export interface Keeper {
  /** Starts blank processes until as many wait as threads asked for since the last call, up to a limit. */
  getReady(): void;
  close(): Promise<void>;
}

/** Opens a keeper. Threads that start from now on find it. */
export function keepBlanks(): Keeper {
  const name = `blanks-${randomUUID()}`;
  process.env[variable] = name;
  const channel = new BroadcastChannel(name);
  const waiting: Promise<Host>[] = [];
  const all = new Set<Host>();
  const taken = new Map<string, Host>();
  let asked = 0;

  const say = (word: Word) => channel.postMessage(word);
  channel.onmessage = async (event) => {
    const word = (event as { data: Word }).data;
    if (word.kind === "ask") taken.get(word.by)?.send(word.request);
    if (word.kind !== "take") return;
    const { by } = word;
    asked += 1;
    const host = await waiting.shift();
    if (host === undefined || host.isGone) return say({ kind: "taken", by, pid: undefined });
    taken.set(by, host);
    host.onMessage((message) => say({ kind: "told", by, message }));
    host.onOutput((text) => say({ kind: "printed", by, text }));
    host.ended.then((end) => {
      taken.delete(by);
      say({ kind: "ended", by, end });
    });
    say({ kind: "taken", by, pid: host.pid });
  };
  channel.unref();

  return {
    getReady: () => {
      const wanted = Math.min(asked, mostBlanks);
      asked = 0;
      while (waiting.length < wanted) waiting.push(startBlank(all));
    },
    close: async () => {
      delete process.env[variable];
      channel.close();
      await Promise.all([...all].map((host) => host.kill()));
    },
  };
}

async function startBlank(all: Set<Host>): Promise<Host> {
  const host = startHost(undefined, cleanEnvironment({ RESTATE_LOGGING: "INFO" }));
  all.add(host);
  // What it prints while it is blank is not the agents' output.
  host.onOutput(() => {});
  host.ended.then(() => all.delete(host));
  await Promise.race([
    new Promise<void>((resolve) => {
      const stop = host.onMessage((message) => {
        if (message !== "blank") return;
        stop();
        resolve();
      });
    }),
    host.ended,
  ]);
  return host;
}

/** Takes a process that waits for its role; undefined if none waits. */
export async function takeBlank(): Promise<Host | undefined> {
  const name = process.env[variable];
  if (name === undefined) return undefined;
  const by = randomUUID();
  const channel = new BroadcastChannel(name);
  const say = (word: Word) => channel.postMessage(word);
  const listeners = new Set<(message: Message) => void>();
  const outputs = new Set<(text: string) => void>();
  const taken = Promise.withResolvers<number | undefined>();
  const ended = Promise.withResolvers<End>();
  let isGone = false;
  channel.onmessage = (event) => {
    const word = (event as { data: Word }).data;
    if (word.by !== by) return;
    if (word.kind === "taken") taken.resolve(word.pid);
    if (word.kind === "told") for (const listener of listeners) listener(word.message);
    if (word.kind === "printed") for (const output of outputs) output(word.text);
    if (word.kind === "ended") {
      isGone = true;
      channel.close();
      ended.resolve(word.end);
    }
  };
  say({ kind: "take", by });
  const pid = await taken.promise;
  if (pid === undefined) {
    channel.close();
    return undefined;
  }
  return {
    pid,
    send: (request) => {
      if (!isGone) say({ kind: "ask", by, request });
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onOutput: (listener) => outputs.add(listener),
    ended: ended.promise,
    get isGone() {
      return isGone;
    },
    kill: async () => {
      // Directly, because the other thread would do it later: the process must do nothing more.
      if (!isGone) killNow(pid);
      await ended.promise;
    },
  };
}

/** Kills a process; no error if it has just ended and only the other thread knows. */
function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
