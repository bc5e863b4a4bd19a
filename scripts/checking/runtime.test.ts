import { execFile } from "node:child_process";
import { createServer } from "node:http2";
import { join } from "node:path";
import { promisify } from "node:util";
import { createEndpointHandler, service } from "@restatedev/restate-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenOnLoopback } from "../../checks/stage/loopback.ts";
import { query, register } from "../../checks/stage/restate/admin.ts";
import { type Cluster, startCluster } from "../../checks/stage/restate/cluster.ts";
import { findEngine } from "../../checks/stage/restate/docker.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster(makeRunFolder());
});

afterAll(() => cluster.close());

/** Checks a solution; returns everything that is printed. */
async function check(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { RESTATE_ADMIN_URL: _, RESTATE_INGRESS_URL: __, ...shell } = process.env;
  const command = [join(root, "scripts/check.ts"), ...args];
  const env = { ...shell, NO_COLOR: "1", ...environment };
  return promisify(execFile)(process.execPath, command, { env, timeout: 120_000 }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }) => ({ code: code as number, output: `${stdout}${stderr}` }),
  );
}

const onCluster = () => ({
  RESTATE_ADMIN_URL: cluster.adminUrl,
  RESTATE_INGRESS_URL: cluster.ingressUrl,
});

/** Everything that a guest could leave behind. */
async function left() {
  const tables = ["sys_invocation", "state", "sys_deployment", "sys_service"];
  return Promise.all(tables.map((table) => query(cluster.adminUrl, `select 1 from ${table}`)));
}

test("an external cluster is used while it loses a node, and nothing is left on it", async () => {
  const checking = check(["04", "--solution", "--runtime", "external"], onCluster());
  const [, second] = cluster.nodes;
  await expect.poll(() => query(cluster.adminUrl, "select 1 from sys_invocation")).not.toEqual([]);
  await second?.kill();
  await second?.restart();
  const { code, output } = await checking;
  expect(output).toMatch(/- 04\.restart .*\n[\s\S]*Skipped: The check kills the Restate server/);
  expect(output).toMatch(/ passed, 0 failed, 1 skipped/);
  expect(code).toBe(0);
  await expect.poll(left).toEqual([[], [], [], []]);
});

test("an external server that has such a service already keeps it as it is", async () => {
  const theirs = service({ name: "Chat", handlers: { run: async () => "theirs" } });
  const agents = createServer(createEndpointHandler({ services: [theirs] }));
  const listening = await listenOnLoopback(agents, 0);
  await register(cluster.adminUrl, listening.url);
  const { code, output } = await check(["04", "--solution", "--runtime", "external"], onCluster());
  expect(output).toContain(`already has a service Chat, at ${listening.url}/`);
  expect(code).toBe(2);
  const deployments = await query(cluster.adminUrl, "select endpoint from sys_deployment");
  expect(deployments).toEqual([{ endpoint: `${listening.url}/` }]);
  await listening.close();
});

test.each([
  [["--runtime", "podman"], {}, 'There is no runtime "podman".'],
  [["--runtime", "external"], {}, "Set RESTATE_ADMIN_URL and RESTATE_INGRESS_URL."],
  [
    ["--runtime", "external"],
    { RESTATE_ADMIN_URL: "http://127.0.0.1:9", RESTATE_INGRESS_URL: "http://127.0.0.1:9" },
    "No Restate server answers at http://127.0.0.1:9",
  ],
  [["--runtime", "docker"], { DOCKER_HOST: "unix:///nowhere.sock" }, "No Docker engine answers"],
  [["--advertise", "127.0.0.1"], {}, "--advertise is for an external server only."],
])("%j that is not there is told in two lines", async (args, environment, message) => {
  const { code, output } = await check(["01", "--solution", ...args], environment);
  expect(output).toContain(message);
  expect(output.trim().split("\n")).toHaveLength(2);
  expect(code).toBe(2);
});

const noEngine = await findEngine().then(
  () => undefined,
  (error: Error) => error.message,
);

test.skipIf(noEngine !== undefined)(
  `a container is used as the server${noEngine === undefined ? "" : `: skipped. ${noEngine}`}`,
  async () => {
    const { code, output } = await check(["01", "--solution", "--runtime", "docker"]);
    expect(output).toMatch(/- 01\.server-restart .*\n[\s\S]*\n\d+ passed, 0 failed, 1 skipped/);
    expect(code).toBe(0);
  },
);
