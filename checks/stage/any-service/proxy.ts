import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
  request as sendOverHttp,
} from "node:http";
import { request as sendOverTls, Agent as TlsAgent } from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WayOut } from "../agents/agents.ts";
import { type Answer, Crossing, type Reach } from "../crossing.ts";
import type { Address } from "../events.ts";
import { readBody } from "../http.ts";
import { type LoopbackServer, listenOnLoopback } from "../loopback.ts";
import { sendOn } from "../send-on.ts";
import { withoutIds } from "../without-ids.ts";
import { Cassette } from "./cassette.ts";

/** All that any service calls over HTTP goes through it. */
export interface Proxy {
  readonly crossing: Crossing;
  /** Opens the way out for a new process. The variables name it to all common HTTP clients. */
  openDoor(): Promise<WayOut>;
  /** From now on, calls get the answers of the first run. */
  replay(): void;
  close(): Promise<void>;
}

/** What the proxy must know. */
export interface ProxySettings extends Reach {
  /** Hosts whose calls pass unread and uncounted, to the network. */
  ignore: readonly string[];
  /** Called with the host and port of a connection whose calls cannot be read, such as TLS. It is cut. */
  onUnread(host: string): void;
}

const tlsPort = "443";
const tlsHandshake = 0x16;
// They belong to one connection, not to the request or its answer (RFC 9110, 7.6.1).
const ofConnection = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "transfer-encoding",
  "upgrade",
  "content-length",
];

/** Opens the proxy. */
export function openProxy(settings: ProxySettings): Proxy {
  const crossing = new Crossing(settings);
  const cassette = new Cassette();
  const connections = {
    http: new Agent({ keepAlive: true }),
    tls: new TlsAgent({ keepAlive: true }),
  };
  const doors = new Set<() => Promise<void>>();

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`);
    const ask = (body: Buffer) => forward(incoming, url, body, connections);
    if (settings.ignore.includes(url.hostname)) {
      const { status, headers, body } = await ask(await readBody(incoming));
      outgoing.writeHead(status, headers).end(body);
      return;
    }
    await crossing.pass(incoming, outgoing, {
      service: nameOf(incoming.method, url),
      by: "agent",
      subject: "",
      address: url.href,
      answer: (call, body) => cassette.answer(call, crossing.calls, () => ask(body)),
    });
  };

  const openDoor = async (): Promise<WayOut> => {
    const sockets = new Set<Duplex>();
    let isOpen = true;
    const server = createServer((incoming, outgoing) => {
      if (isOpen) pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    const keep = (socket: Duplex) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
    };
    server.on("connection", keep);
    // Some clients, Node's fetch among them, ask for a tunnel even if they speak plain HTTP in it.
    server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const host = request.url ?? "";
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const begin = (first: Buffer) => {
        if (settings.ignore.includes(host.replace(/:\d+$/, ""))) {
          keep(tunnel(host, socket, first));
        } else if (first[0] === tlsHandshake || first.toString("latin1", 0, 4) === "PRI ") {
          settings.onUnread(host);
          socket.destroy();
        } else {
          socket.unshift(first);
          server.emit("connection", socket);
        }
      };
      if (head.length > 0) begin(head);
      else socket.once("data", begin);
    });
    const listening: LoopbackServer = await listenOnLoopback(server, 0);
    const shut = async () => {
      isOpen = false;
      doors.delete(shut);
      for (const socket of sockets) socket.destroy();
      await listening.close();
    };
    doors.add(shut);
    return { environment: variablesFor(listening.url), close: () => void shut() };
  };

  return {
    crossing,
    openDoor,
    replay: () => cassette.stop(),
    close: async () => {
      crossing.lift();
      await Promise.all([...doors].map((shut) => shut()));
      connections.http.destroy();
      connections.tls.destroy();
    },
  };
}

/** `GET api.weather.example/#`: ids and queries differ from run to run. */
function nameOf(method = "GET", url: URL): Address {
  return `${method} ${url.host}${withoutIds(url.pathname)}`;
}

/** Clients read different variables. An empty NO_PROXY sends calls of this machine through it, too. */
function variablesFor(url: string): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
  return {
    ...Object.fromEntries(names.map((name) => [name, url])),
    NO_PROXY: "",
    no_proxy: "",
    // Node's own clients follow the others only with this one.
    NODE_USE_ENV_PROXY: "1",
  };
}

/** Asks the network. Plain HTTP to the port of TLS means: use TLS from here on. */
async function forward(
  incoming: IncomingMessage,
  url: URL,
  body: Buffer,
  connections: { http: Agent; tls: TlsAgent },
): Promise<Answer> {
  const { host: _, ...kept } = withoutConnection(incoming.headers);
  const options: RequestOptions = {
    method: incoming.method,
    host: url.hostname,
    path: url.pathname + url.search,
    headers: { ...kept, "content-length": body.length },
  };
  const { status, headers, ...answer } = await (url.port === tlsPort
    ? sendOn(sendOverTls, { ...options, port: tlsPort, agent: connections.tls }, body)
    : sendOn(sendOverHttp, { ...options, port: url.port || 80, agent: connections.http }, body));
  return { status, headers: withoutConnection(headers), body: answer.body };
}

function withoutConnection<Headers extends object>(headers: Headers): Headers {
  const kept = Object.entries(headers).filter(([name]) => !ofConnection.includes(name));
  return Object.fromEntries(kept) as Headers;
}

/** Passes bytes on unread. */
function tunnel(host: string, socket: Duplex, first: Buffer): Socket {
  const [, name = "", port = ""] = host.match(/^(.*):(\d+)$/) ?? [];
  const outward = connect(Number(port), name.replace(/^\[|\]$/g, ""));
  outward.on("error", () => socket.destroy());
  outward.write(first);
  socket.pipe(outward).pipe(socket);
  return outward;
}
