import { createServer } from "node:http";
import { join } from "node:path";
import { freePorts, listenOnLoopback } from "../loopback.ts";
import { type RetryTimes, type ServerProcess, type ServerSettings, startServer } from "./binary.ts";

/** So short that they keep nobody waiting. */
export const retriesForChecks: RetryTimes = { first: "5ms", longest: "20ms" };

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
  // No check looks at the server's own spans.
  const takesAll = await listenOnLoopback(
    createServer((_, response) => response.end()),
    0,
  );
  const settings: ServerSettings = {
    folder: join(scratch, "restate"),
    ingressPort,
    adminPort,
    nodePort,
    retries: retriesForChecks,
    tracesUrl: takesAll.url,
  };
  const server = startServer(settings);
  const kill = () => Promise.all([server.kill(), takesAll.close()]).then(() => {});
  return { settings, process: { ...server, kill } };
}
