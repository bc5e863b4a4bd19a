import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { threadId } from "node:worker_threads";

/** A server that listens on this machine only, unless a caller asks for another address. */
export interface LoopbackServer {
  readonly url: string;
  readonly port: number;
  /** Drops every open connection and frees the port. */
  close(): Promise<void>;
}

const loopback = "127.0.0.1";

/**
 * Lets a server listen on loopback.
 *
 * @param port 0 takes a free one.
 * @throws the server's own error, `EADDRINUSE` if the port is taken
 */
export function listenOnLoopback(server: Server, port: number): Promise<LoopbackServer> {
  return listenOn(server, loopback, port);
}

/**
 * Lets a server listen on an address of this machine, for clients that cannot reach loopback.
 *
 * @param port 0 takes a free one.
 * @throws the server's own error, `EADDRNOTAVAIL` if this machine has no such address
 */
export async function listenOn(
  server: Server,
  address: string,
  port: number,
): Promise<LoopbackServer> {
  server.listen(port, address);
  await once(server, "listening");
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${address}:${bound}`,
    port: bound,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) (server as HttpServer).closeAllConnections();
      await closed;
    },
  };
}

// Linux (from 32768) and macOS (from 49152) give higher ports to programs that ask for any port or connect
// to something. So no other program takes one of these before its server starts, or during a restart.
const [lowest, highest] = [20_000, 32_000];
// Each process begins in its own block. Otherwise two that look at the same time would take the same port.
const block = 60;
const blocks = (highest - lowest) / block;
let next = ((process.pid + threadId * 101) % blocks) * block;

/** Finds free ports on loopback that this process has not received before. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = lowest + next;
    next = (next + 1) % (highest - lowest);
    if (await isFree(port)) found.push(port);
  }
  return found;
}

/** Whether a port is free on loopback, with IPv4 and, if the machine has it, IPv6. */
export async function isFree(port: number): Promise<boolean> {
  const free = await Promise.all(["127.0.0.1", "::1"].map((host) => canListen(port, host)));
  return free.every(Boolean);
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EADDRINUSE";
  }
  server.close();
  await once(server, "close");
  return true;
}
