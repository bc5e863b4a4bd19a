import { fileURLToPath } from "node:url";
import { hasEnded, killChild, startChild } from "../children.ts";
import type { Message, Request, Role } from "./role.ts";

const entry = fileURLToPath(new URL("serve.ts", import.meta.url));
// Megabytes for young objects, so that a short-lived process hardly collects garbage.
const youngSpace = 64;

/** How a process ended. */
export interface End {
  code: number | null;
  signal: string | null;
}

/** A process that serves agents or waits for its role, as the thread that uses it sees it. */
export interface Host {
  readonly pid: number | undefined;
  send(request: Request): void;
  /** Calls `listener` with each message; returns a function that stops this. */
  onMessage(listener: (message: Message) => void): () => void;
  /** Calls `listener` with each piece of output from now on. */
  onOutput(listener: (text: string) => void): void;
  /** Resolves after its last output. */
  readonly ended: Promise<End>;
  /** Whether it has exited, was killed, or never started. */
  readonly isGone: boolean;
  /** Kills it with SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
}

/** Starts a process that serves the agents of a role. Without a role, it waits for one. */
export function startHost(role: Role | undefined, environment: Record<string, string>): Host {
  const child = startChild(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--min-semi-space-size=${youngSpace}`,
      `--max-semi-space-size=${youngSpace}`,
      entry,
      ...(role === undefined ? [] : [JSON.stringify(role)]),
    ],
    { env: environment, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  const ended = new Promise<End>((resolve) => {
    // "close" comes after the last output, "exit" may come before it.
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
  return {
    pid: child.pid,
    send: (request) => child.send(request, () => {}),
    onMessage: (listener) => {
      child.on("message", listener);
      return () => child.off("message", listener);
    },
    onOutput: (listener) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", listener);
      }
    },
    ended,
    get isGone() {
      return hasEnded(child);
    },
    kill: () => killChild(child),
  };
}
