import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { killChild, startChild } from "../children.ts";
import { cleanEnvironment } from "../environment.ts";
import { freePorts, type LoopbackServer, listenOnLoopback } from "../loopback.ts";
import { waitFor } from "../wait.ts";
import { query } from "./admin.ts";
import { behaviour, findBinary } from "./binary.ts";
import { retriesForChecks } from "./for-checks.ts";

/** Three Restate servers on this machine that form one cluster, behind a balancer. */
export interface Cluster {
  /** The balancer's addresses: they lead to a node that is up. */
  adminUrl: string;
  ingressUrl: string;
  nodes: readonly Node[];
  close(): Promise<void>;
}

/** One server of a cluster. */
export interface Node {
  name: string;
  /** Kills it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on its data; resolves once it answers queries. */
  restart(): Promise<void>;
}

interface Ports {
  node: number;
  admin: number;
  ingress: number;
}

const size = 3;
// Milliseconds. The nodes take one to three seconds to find each other.
const startCap = 60_000;

/**
 * Starts three nodes. Each record is stored on two of them, so the cluster can lose any one node.
 * Resolves once the cluster takes invocations.
 *
 * @param scratch a folder for their data
 * @throws {CouldNotRun} if there is no binary for this platform
 */
export async function startCluster(scratch: string): Promise<Cluster> {
  const free = await freePorts(size * 3);
  const ports = Array.from({ length: size }, (_, place): Ports => {
    const [node = 0, admin = 0, ingress = 0] = free.slice(place * 3);
    return { node, admin, ingress };
  });
  const nodes = ports.map((own, place) => new Process(join(scratch, `node-${place + 1}`), own));
  for (const [place, node] of nodes.entries()) node.start(configOf(node, place, ports));
  const admin = await balance(() => nodes.flatMap((node) => (node.isUp ? [node.ports.admin] : [])));
  const ingress = await balance(() =>
    nodes.flatMap((node) => (node.isUp ? [node.ports.ingress] : [])),
  );
  await Promise.all(nodes.map((node) => node.untilAnswers()));
  return {
    adminUrl: admin.url,
    ingressUrl: ingress.url,
    nodes,
    close: async () => {
      await Promise.all([admin.close(), ingress.close()]);
      await Promise.all(nodes.map((node) => node.kill()));
    },
  };
}

class Process implements Node {
  readonly folder: string;
  readonly ports: Ports;
  isUp = false;
  #child: ChildProcess | undefined;

  constructor(folder: string, ports: Ports) {
    this.folder = folder;
    this.ports = ports;
    mkdirSync(join(folder, "tmp"), { recursive: true });
  }

  get name(): string {
    return this.folder.split("/").at(-1) ?? "";
  }

  start(config?: string): void {
    const file = join(this.folder, "restate.toml");
    if (config !== undefined) writeFileSync(file, config);
    const log = openSync(join(this.folder, "server.log"), "a");
    this.#child = startChild(findBinary(), ["-c", file], {
      env: cleanEnvironment({
        ...behaviour({ retries: retriesForChecks, tracesUrl: "http://127.0.0.1:9" }),
        TMPDIR: join(this.folder, "tmp"),
      }),
      stdio: ["ignore", log, log],
    });
    closeSync(log);
  }

  async untilAnswers(): Promise<void> {
    const adminUrl = `http://127.0.0.1:${this.ports.admin}`;
    await waitFor(`an answer of ${this.name}`, startCap, () => query(adminUrl, "select 1 as one"));
    this.isUp = true;
  }

  async kill(): Promise<void> {
    this.isUp = false;
    if (this.#child) await killChild(this.#child);
  }

  async restart(): Promise<void> {
    this.start();
    await this.untilAnswers();
  }
}

/** A node's settings, as Restate 1.7 names them. With them, it quickly notices that another one is gone. */
function configOf({ name, folder }: Process, place: number, all: readonly Ports[]): string {
  const { node, admin, ingress } = all[place] ?? { node: 0, admin: 0, ingress: 0 };
  const addresses = all.map((each) => `"http://127.0.0.1:${each.node}"`).join(", ");
  return `
cluster-name = "workshop"
node-name = "${name}"
roles = ["http-ingress", "admin", "worker", "log-server", "metadata-server"]
base-dir = "${folder}"
listen-mode = "tcp"
bind-ip = "127.0.0.1"
bind-port = ${node}
advertised-address = "http://127.0.0.1:${node}"
auto-provision = ${place === 0}
default-replication = 2
gossip-tick-interval = "50ms"
gossip-suspect-interval = "300ms"
gossip-failure-threshold = 6
gossip-loneliness-threshold = 10

[metadata-client]
type = "replicated"
addresses = [${addresses}]

[bifrost]
default-provider = "replicated"

[admin]
bind-address = "127.0.0.1:${admin}"

[ingress]
bind-address = "127.0.0.1:${ingress}"
`;
}

/** Passes each connection to a server that accepts it. */
function balance(portsUp: () => readonly number[]): Promise<LoopbackServer> {
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    open.add(incoming);
    incoming.on("error", () => {}).once("close", () => open.delete(incoming));
    lead(incoming, portsUp());
  });
  return listenOnLoopback(server, 0).then((listening) => ({
    ...listening,
    close: async () => {
      for (const socket of open) socket.destroy();
      await listening.close();
    },
  }));
}

function lead(incoming: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    incoming.destroy();
    return;
  }
  const outgoing = connect(port, "127.0.0.1");
  outgoing.once("connect", () => {
    incoming.pipe(outgoing).pipe(incoming);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      one.once("close", () => other.destroy());
    }
  });
  outgoing.on("error", () => {
    if (outgoing.connecting || outgoing.pending) lead(incoming, others);
    else incoming.destroy();
  });
}
