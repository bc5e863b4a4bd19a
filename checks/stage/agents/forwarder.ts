import { connect, createServer, type Socket } from "node:net";
import { type LoopbackServer, listenOnLoopback } from "../loopback.ts";

/** A fixed address for agents whose processes come and go. */
export interface Forwarder extends LoopbackServer {
  /** Cuts all connections; new ones go to this port, or are refused where there is none. */
  pointAt(port: number | undefined): void;
}

/** Opens an address at which Restate can be told that the agents are, whichever process serves them. */
export async function startForwarder(): Promise<Forwarder> {
  let target: number | undefined;
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (incoming) => {
    if (target === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ port: target, host: "127.0.0.1", noDelay: true });
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.once("error", () => to.destroy());
      from.once("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const listening = await listenOnLoopback(server, 0);
  return {
    ...listening,
    pointAt: (port) => {
      target = port;
      cut();
    },
    close: async () => {
      cut();
      await listening.close();
    },
  };
}
