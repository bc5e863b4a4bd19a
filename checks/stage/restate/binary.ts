import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { endChild, killChild, startChild } from "../children.ts";
import { CouldNotRun } from "../could-not-run.ts";
import { cleanEnvironment } from "../environment.ts";
import { waitFor } from "../wait.ts";
import { query } from "./admin.ts";
import { overLoopback, type RestateServer } from "./server.ts";

/** Where a server listens, and how it retries. */
export interface ServerSettings {
  /** It holds data, log and temporary files, and is part of the process's command line in `ps`. */
  folder: string;
  ingressPort: number;
  adminPort: number;
  /** The port on which nodes of a cluster talk; a single node needs it too. */
  nodePort: number;
  retries: RetryTimes;
  /**
   * Where its own spans go, by OTLP over HTTP: `http://127.0.0.1:4318`. Only a server with such an address
   * gives agents the trace that their spans belong to.
   */
  tracesUrl: string;
  /** More settings of the server, by the names of its environment variables. */
  variables: Record<string, string>;
}

/** How long Restate waits before it retries a failed invocation. It never gives up. */
export interface RetryTimes {
  first: `${number}${"ms" | "s"}`;
  longest: `${number}${"ms" | "s"}`;
}

/** A server process. Until it is stopped, a kill makes it restart on its data. */
export interface ServerProcess {
  /**
   * Resolves when the server has started and can take invocations.
   *
   * @throws {CouldNotRun} if it does not start
   */
  ready(): Promise<void>;
  /** Resolves with the last line of its log if it ends by itself. */
  readonly ended: Promise<string>;
  /** Shuts it down properly, so that its data can be used again. */
  stop(): Promise<void>;
  /** Kills it, if nobody needs its data again. */
  kill(): Promise<void>;
}

/**
 * Finds the server's own binary; the npm `bin` is a Node wrapper around it.
 *
 * @throws {CouldNotRun} if there is none for this platform, or it is not installed
 */
export function findBinary(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // With pnpm, only a package's dependents can resolve it. The wrapper is this one's only dependent.
    const wrapper = createRequire(import.meta.url).resolve(
      "@restatedev/restate-server/package.json",
    );
    return createRequire(wrapper).resolve(
      `@restatedev/restate-server-${platform}/bin/restate-server`,
    );
  } catch {
    throw new CouldNotRun(
      `No Restate server binary is installed for ${platform}.`,
      process.platform === "win32"
        ? "Restate has none for Windows: run the workshop in WSL2."
        : "Run `npm install` again, without `--omit=optional`.",
    );
  }
}

/**
 * Starts a Restate server on loopback, with one partition and without telemetry.
 *
 * @throws {CouldNotRun} if there is no binary for this platform
 */
export function startServer(settings: ServerSettings): ServerProcess {
  const binary = findBinary();
  const temporary = join(settings.folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const log = openSync(logFile(settings.folder), "w");

  let stopped = false;
  let child: ChildProcess;
  let tellEnd: (words: string) => void;
  const ended = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });
  const start = () => {
    child = startChild(binary, ["--base-dir", settings.folder], {
      env: serverEnvironment(settings, temporary),
      stdio: ["ignore", log, log],
    });
    writeFileSync(pidFile(settings.folder), String(child.pid));
    child.once("exit", (_, signal) => {
      if (stopped) return;
      if (signal === "SIGKILL") start();
      else tellEnd(lastWords(logFile(settings.folder)));
    });
  };
  start();

  return {
    ended,
    ready: async () => {
      const failed = ended.then((words) => {
        throw new CouldNotRun("The Restate server ended while it started.", `It said: ${words}`);
      });
      const adminUrl = `http://127.0.0.1:${settings.adminPort}`;
      await Promise.race([untilReady(adminUrl, settings.folder), failed]);
    },
    stop: async () => {
      stopped = true;
      await endChild(child, 5000);
      closeSync(log);
    },
    kill: async () => {
      stopped = true;
      await killChild(child);
      closeSync(log);
    },
  };
}

/**
 * Gives access to a server that `startServer` started in this process or another.
 *
 * @param settings those that it was started with
 */
export function reachServer(settings: ServerSettings): RestateServer {
  const adminUrl = `http://127.0.0.1:${settings.adminPort}`;
  return {
    adminUrl,
    ingressUrl: `http://127.0.0.1:${settings.ingressPort}`,
    wayBack: overLoopback,
    isShared: false,
    ready: () => untilReady(adminUrl, settings.folder),
    killAndRestart: async () => {
      const killed = readFileSync(pidFile(settings.folder), "utf8");
      process.kill(Number(killed), "SIGKILL");
      await waitFor("the Restate server's new process", 10_000, async () =>
        readFileSync(pidFile(settings.folder), "utf8") === killed ? undefined : true,
      );
      await untilReady(adminUrl, settings.folder);
    },
  };
}

/** Resolves once the server answers queries: its health check passes before its partition is ready. */
async function untilReady(adminUrl: string, folder: string): Promise<void> {
  try {
    await waitFor("the Restate server", 20_000, () => query(adminUrl, "select 1 as one"));
  } catch (error) {
    throw new CouldNotRun(
      `${(error as Error).message}.`,
      `The last line of its log: ${lastWords(logFile(folder))}`,
    );
  }
}

function serverEnvironment(settings: ServerSettings, temporary: string) {
  return cleanEnvironment({
    // The server leaves an empty folder for each partition in the temporary folder.
    TMPDIR: temporary,
    RESTATE_NODE_NAME: "workshop",
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_IP: "127.0.0.1",
    RESTATE_BIND_PORT: String(settings.nodePort),
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${settings.adminPort}`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${settings.ingressPort}`,
    ...behaviour(settings),
    ...settings.variables,
  });
}

/** The environment variables that are the same for a server wherever it runs. */
export function behaviour({
  retries,
  tracesUrl,
}: Pick<ServerSettings, "retries" | "tracesUrl">): Record<string, string> {
  return {
    DO_NOT_TRACK: "1",
    RESTATE_LOG_FILTER: "warn",
    RESTATE_DEFAULT_NUM_PARTITIONS: "1",
    RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "64MB",
    RESTATE_DISABLE_PROMETHEUS: "true",
    RESTATE_TRACING_ENDPOINT: `otlp+${tracesUrl}/v1/traces`,
    RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: retries.first,
    RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL: retries.longest,
    RESTATE_DEFAULT_RETRY_POLICY__EXPONENTIATION_FACTOR: "1.5",
    RESTATE_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: "unlimited",
  };
}

const pidFile = (folder: string) => join(folder, "server.pid");
const logFile = (folder: string) => join(folder, "server.log");

/** The last line of a log, without its colours; `none.` if there is none. */
export function lastWords(file: string): string {
  if (!existsSync(file)) return "none.";
  const log = stripVTControlCharacters(readFileSync(file, "utf8"));
  return log.trim().split("\n").at(-1) || "none.";
}
