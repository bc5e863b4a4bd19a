import { createServer } from "node:http";
import { join } from "node:path";
import { freePorts, listenOnLoopback } from "../loopback.ts";
import { type RetryTimes, type ServerProcess, type ServerSettings, startServer } from "./binary.ts";

/** So short that they keep nobody waiting. */
export const retriesForChecks: RetryTimes = { first: "5ms", longest: "20ms" };

// What lets a server for checks go on sooner; Restate's own defaults suit data that must last.
const variables = {
  // After three of these ticks a server that was killed takes its partition again.
  RESTATE_GOSSIP_TICK_INTERVAL: "20ms",
  // They count ticks: so a busy machine has the same three seconds, or one, as by default.
  RESTATE_GOSSIP_LONELINESS_THRESHOLD: "150",
  RESTATE_GOSSIP_FAILURE_THRESHOLD: "50",
  // It spares the disk's caches being flushed at each step, which a killed process does not need.
  RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: "true",
};

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
    variables,
  };
  const server = startServer(settings);
  const kill = () => Promise.all([server.kill(), takesAll.close()]).then(() => {});
  return { settings, process: { ...server, kill } };
}
