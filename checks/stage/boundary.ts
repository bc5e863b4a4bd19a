import {
  Agent,
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import { attemptHeader, invocationHeader } from "./agents/caller.ts";
import { Crossing, type Reach } from "./crossing.ts";
import { type Door, Doors } from "./doors.ts";
import type { Part } from "./events.ts";
import { readBody } from "./http.ts";
import { listenOnLoopback } from "./loopback.ts";
import type { IngressRequest } from "./restate/ingress.ts";
import { sendOn } from "./send-on.ts";
import { readTarget, serviceAt, subjectOf, type Target } from "./targets.ts";

/** The line between the workshop's agents and the model and the world. */
export interface Boundary {
  readonly crossing: Crossing;
  /** Opens the way out for a new process. */
  openDoor(part: Part): Door;
  readonly origin: string;
  close(): Promise<void>;
}

/** What is behind the boundary, and what it can do to processes and the server. */
export interface Surroundings extends Reach {
  /** Read at each call: the model and the world may start later than the boundary. */
  modelUrl(): string;
  worldUrl(): string;
  /** Passes on a request to Restate's ingress. It does not count as a call. */
  callIngress(request: IngressRequest): Promise<Response>;
}

/** Opens the boundary on loopback. */
export async function openBoundary(surroundings: Surroundings): Promise<Boundary> {
  const connections = new Agent({ keepAlive: true });
  const crossing = new Crossing(surroundings);
  const doors = new Doors();

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const listening = await listenOnLoopback(server, 0);

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const target = readTarget(incoming.url ?? "");
    if (!doors.isOpen(target.process)) {
      outgoing.destroy();
      return;
    }
    const { part, side, path } = target;
    if (side === "ingress") return passToIngress(incoming, outgoing, path);
    await crossing.pass(incoming, outgoing, {
      service: serviceAt(target),
      by: part,
      subject: subjectOf(target),
      address: `/${part}/${side}/${path}`,
      answer: (_, body) => forward(incoming, target, body),
    });
  }

  async function passToIngress(incoming: IncomingMessage, outgoing: ServerResponse, path: string) {
    const { "content-type": type = "application/json", "idempotency-key": key } = incoming.headers;
    const headers = { "content-type": type, ...(key && { "idempotency-key": String(key) }) };
    const body = await readBody(incoming);
    const method = incoming.method ?? "POST";
    const response = await surroundings.callIngress({ method, path, headers, body });
    outgoing.writeHead(response.status, { "content-type": "application/json" });
    outgoing.end(await response.text());
  }

  function forward(incoming: IncomingMessage, { side, path }: Target, body: Buffer) {
    const upstream = side === "model" ? surroundings.modelUrl() : surroundings.worldUrl();
    const { host: _, [invocationHeader]: __, [attemptHeader]: ___, ...headers } = incoming.headers;
    const { hostname, port } = new URL(upstream);
    return sendOn(
      sendRequest,
      {
        method: incoming.method,
        host: hostname,
        port,
        path: `/${path}`,
        headers,
        agent: connections,
      },
      body,
    );
  }

  return {
    crossing,
    origin: listening.url,
    openDoor: (part) => doors.open(part, listening.url),
    close: async () => {
      crossing.lift();
      connections.destroy();
      await listening.close();
    },
  };
}
