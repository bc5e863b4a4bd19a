import { createServer } from "node:http";
import { join } from "node:path";
import { freePorts, listenOnLoopback } from "../loopback.ts";
import { type RetryTimes, type ServerProcess, type ServerSettings, startServer } from "./binary.ts";

/** So short that they keep nobody waiting. */
export const retriesForChecks: RetryTimes = { first: "5ms", longest: "20ms" };

// With these, a server for checks continues sooner. Restate's own defaults suit data that must last.
const variables = {
  // A server that was killed takes its partition back after three of these ticks.
  RESTATE_GOSSIP_TICK_INTERVAL: "20ms",
  // These count ticks. So a busy machine still has three seconds, and one second, as by default.
  RESTATE_GOSSIP_LONELINESS_THRESHOLD: "150",
  RESTATE_GOSSIP_FAILURE_THRESHOLD: "50",
  // No flush of the disk's caches at each step: data survives the kill of a process anyway.
  RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: "true",
};

/**
 * Starts a server for checks, on free ports and with short retries; does not wait until it is ready.
 *
 * @param scratch a folder for its data
 * @throws {CouldNotRun} if there is no binary for this platform
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
    variables,
  };
  const server = startServer(settings);
  const kill = () => Promise.all([server.kill(), takesAll.close()]).then(() => {});
  return { settings, process: { ...server, kill } };
}
