import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";

/** A server that listens on this machine only, where nothing else is asked for. */
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
 * @throws the server's own error, `EADDRINUSE` where the port is taken
 */
export function listenOnLoopback(server: Server, port: number): Promise<LoopbackServer> {
  return listenOn(server, loopback, port);
}

/**
 * Lets a server listen on an address of this machine, for who cannot reach loopback.
 *
 * @param port 0 takes a free one.
 * @throws the server's own error, `EADDRNOTAVAIL` where this machine has no such address
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

/** Finds ports on loopback that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => listenOnLoopback(createServer(), 0)),
  );
  await Promise.all(servers.map((server) => server.close()));
  return servers.map((server) => server.port);
}

/** Whether a port is free on loopback, IPv4 and, where the machine has it, IPv6. */
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
