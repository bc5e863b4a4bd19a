import { request } from "node:http";
import { createRequire } from "node:module";
import { homedir, networkInterfaces } from "node:os";
import { join } from "node:path";
import { service } from "@restatedev/restate-sdk";
import { RestateContainer, RestateTestEnvironment } from "@restatedev/restate-sdk-testcontainers";
import { CouldNotRun } from "../could-not-run.ts";
import { behaviour } from "./binary.ts";
import { retriesForChecks } from "./for-checks.ts";
import type { WayBack } from "./server.ts";

/** A Restate server in a container. */
export interface ServerContainer {
  adminUrl: string;
  ingressUrl: string;
  wayBack: WayBack;
  stop(): Promise<void>;
}

/** The image's tag: the version of the server's npm package. */
export const imageTag: string = createRequire(import.meta.url)(
  "@restatedev/restate-server/package.json",
).version;

/**
 * Makes sure that a Docker engine answers.
 *
 * @throws {CouldNotRun} if none does
 */
export async function findEngine(): Promise<void> {
  const { DOCKER_HOST: named } = process.env;
  const usual = ["/var/run/docker.sock", join(homedir(), ".docker/run/docker.sock")];
  const hosts = named === undefined ? usual.map((path) => `unix://${path}`) : [named];
  const answers = await Promise.all(hosts.map(pings));
  if (answers.includes(true)) return;
  throw new CouldNotRun(
    `No Docker engine answers at ${hosts.join(" or ")}.`,
    "Start Docker, or leave out --runtime docker: the checks need no Docker.",
  );
}

function pings(host: string): Promise<boolean> {
  const path = "/_ping";
  const where = host.startsWith("unix://")
    ? { socketPath: host.slice("unix://".length), path }
    : new URL(path, host.replace(/^tcp:/, "http:"));
  return new Promise((resolve) => {
    const ping = request(where, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.setTimeout(3000, () => ping.destroy());
    ping.on("error", () => resolve(false));
    ping.end();
  });
}

/**
 * Starts a Restate server in a container, with the settings of the workshop's own server.
 *
 * @throws {CouldNotRun} if the container does not start
 */
export async function startContainer(): Promise<ServerContainer> {
  const environment = behaviour({
    retries: retriesForChecks,
    // Nothing listens there in the container, and no check looks at the server's own spans.
    tracesUrl: "http://127.0.0.1:9",
  });
  // The test environment registers the services that it gets, and rejects an endpoint without services.
  const placeholder = service({ name: "OnDocker", handlers: { nothing: async () => {} } });
  const started = await RestateTestEnvironment.start({
    services: [placeholder],
    container: () => new RestateContainer(imageTag).withEnvironment(environment),
  }).catch((error: Error) => {
    throw new CouldNotRun(
      `The container of restatedev/restate:${imageTag} does not start: ${error.message}`,
      `See whether this works: docker run --rm restatedev/restate:${imageTag} --version`,
    );
  });
  return {
    adminUrl: started.adminAPIBaseUrl(),
    ingressUrl: started.baseUrl(),
    wayBack: { address: bridgeAddress(), name: "host.docker.internal" },
    stop: () => started.stop(),
  };
}

/** A container reaches this machine at the bridge's address on Linux, at loopback with Docker Desktop. */
function bridgeAddress(): string {
  const bridge = networkInterfaces().docker0?.find(({ family }) => family === "IPv4");
  return bridge?.address ?? "127.0.0.1";
}
