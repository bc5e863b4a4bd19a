import { CouldNotRun } from "../could-not-run.ts";
import { waitFor } from "../wait.ts";
import { query } from "./admin.ts";
import { reachServer, type ServerSettings } from "./binary.ts";
import { startServerForChecks } from "./for-checks.ts";
import type { RestateServer, WayBack } from "./server.ts";

/** Where checks get their Restate server from. */
export type Runtime =
  /** The npm package's binary, in a process that only this run uses. */
  | { kind: "binary" }
  /** A container that only this run uses. */
  | { kind: "docker" }
  /** A server that already runs. It reaches the agents at `advertise`, an address of this machine. */
  | { kind: "external"; adminUrl: string; ingressUrl: string; advertise: string };

/** Where a server is, in a form that other threads and processes can receive. */
export type Whereabouts =
  | { kind: "binary"; settings: ServerSettings }
  | {
      kind: "docker" | "external";
      adminUrl: string;
      ingressUrl: string;
      wayBack: WayBack;
    };

/**
 * Starts the server for a run, unless it already runs; does not wait until it is ready.
 *
 * @param scratch a folder for its data, if it is the run's own process
 * @throws {CouldNotRun} if the server cannot be started
 */
export async function startRuntime(
  runtime: Runtime,
  scratch: string,
): Promise<{ whereabouts: Whereabouts; stop(): Promise<void> }> {
  switch (runtime.kind) {
    case "binary": {
      const { settings, process } = await startServerForChecks(scratch);
      return { whereabouts: { kind: "binary", settings }, stop: () => process.kill() };
    }
    case "docker": {
      // Its packages take half a second to load.
      const { startContainer } = await import("./docker.ts");
      const { stop, ...container } = await startContainer();
      return { whereabouts: { kind: "docker", ...container }, stop };
    }
    case "external": {
      const { advertise, adminUrl, ingressUrl } = runtime;
      const wayBack = { address: advertise, name: advertise };
      const whereabouts = { kind: "external", adminUrl, ingressUrl, wayBack } as const;
      return { whereabouts, stop: async () => {} };
    }
  }
}

/** Gives access to a server that was started in this process or another. */
export function reach(whereabouts: Whereabouts): RestateServer {
  if (whereabouts.kind === "binary") return reachServer(whereabouts.settings);
  const { kind, adminUrl, ingressUrl, wayBack } = whereabouts;
  return {
    adminUrl,
    ingressUrl,
    wayBack,
    isShared: kind === "external",
    ready: () => untilAnswers(adminUrl),
  };
}

/**
 * @throws {CouldNotRun} if no server answers at this admin address
 */
async function untilAnswers(adminUrl: string): Promise<void> {
  await waitFor("an answer to a query", 20_000, () => query(adminUrl, "select 1 as one")).catch(
    (error: Error) => {
      throw new CouldNotRun(
        `No Restate server answers at ${adminUrl}: ${error.message}`,
        "Start it, or name another with RESTATE_ADMIN_URL.",
      );
    },
  );
}
