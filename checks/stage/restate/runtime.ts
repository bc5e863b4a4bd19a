import { CouldNotRun } from "../could-not-run.ts";
import { waitFor } from "../wait.ts";
import { query } from "./admin.ts";
import { reachServer, type ServerSettings } from "./binary.ts";
import { startServerForChecks } from "./for-checks.ts";
import type { RestateServer, WayBack } from "./server.ts";

/** Where checks get their Restate server from. */
export type Runtime =
  /** The npm package's binary, a process of the run's own. */
  | { kind: "binary" }
  /** A container, also the run's own. */
  | { kind: "docker" }
  /** One that is there already, with an address of this machine at which it reaches the agents. */
  | { kind: "external"; adminUrl: string; ingressUrl: string; advertise: string };

/** Where a server is, to be told to another thread or process. */
export type Whereabouts =
  | { kind: "binary"; settings: ServerSettings }
  | {
      kind: "docker" | "external";
      adminUrl: string;
      ingressUrl: string;
      wayBack: WayBack;
    };

/**
 * Brings up the server that a run is to have; does not wait until it is ready.
 *
 * @param scratch a folder for its data, where it is the run's own process
 * @throws {CouldNotRun} where that cannot be
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

/** Reaches a server that was brought up in this process or another. */
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
 * @throws {CouldNotRun} where no server answers at its admin API's address
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
