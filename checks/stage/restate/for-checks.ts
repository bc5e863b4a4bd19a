import { join } from "node:path";
import { freePorts } from "../loopback.ts";
import { type ServerProcess, type ServerSettings, startServer } from "./binary.ts";

/**
 * Starts a server for checks, on free ports and with retries that keep nobody waiting; does not
 * wait until it is ready.
 *
 * @param scratch a folder for its data
 * @throws {CouldNotRun} where there is no binary for this platform
 */
export async function startServerForChecks(
  scratch: string,
): Promise<{ settings: ServerSettings; process: ServerProcess }> {
  const [ingressPort = 0, adminPort = 0, nodePort = 0] = await freePorts(3);
  const settings: ServerSettings = {
    folder: join(scratch, "restate"),
    ingressPort,
    adminPort,
    nodePort,
    retries: { first: "5ms", longest: "20ms" },
  };
  return { settings, process: startServer(settings) };
}
