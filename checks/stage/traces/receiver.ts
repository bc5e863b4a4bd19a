import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readText } from "../http.ts";
import { type LoopbackServer, listenOnLoopback } from "../loopback.ts";

/** A span that has ended, as an exporter sent it. */
export interface Span {
  traceId: string;
  id: string;
  /** The span around it; undefined if it is the first of its trace. */
  parent?: string;
  /** Whether no other span of its process is around it: it has no parent, or one in another process. */
  isTop: boolean;
  name: string;
  /** Milliseconds since 1970. */
  begunAt: number;
  endedAt: number;
  /** What went wrong in it, if anything did, without the stack. */
  failure?: string;
}

/** What may be wrong with a receiver: it drops every connection, or reads spans and never answers. */
export type Trouble = "drops" | "hangs";

/** A collector of traces on this machine. */
export interface TraceReceiver extends LoopbackServer {
  /** The spans that have come since it was last cleared, in order. */
  readonly spans: readonly Span[];
  /** The bodies of the requests that have come since then. */
  readonly bodies: readonly string[];
  /** Takes no more spans until it is cleared. */
  break(trouble: Trouble): void;
  /** Forgets the spans so far, ignores those that began before now, and takes spans again. */
  clear(): void;
}

/**
 * Starts a receiver for OTLP over HTTP. It reads the JSON encoding, as the OpenTelemetry SDK for
 * JavaScript sends it to `/v1/traces`. It accepts everything else without reading it.
 *
 * @param port 0 takes a free one
 * @param onSpans called with each request's spans as they come
 */
export async function startTraceReceiver(
  port: number,
  onSpans: (spans: readonly Span[]) => void = () => {},
): Promise<TraceReceiver> {
  let spans: Span[] = [];
  let bodies: string[] = [];
  let trouble: Trouble | undefined;
  // A span that began earlier belongs to what ran before, however late it is sent.
  let clearedAt = 0;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (trouble === "drops") {
      request.socket.destroy();
      return;
    }
    const body = await readText(request);
    if (trouble === "hangs") return;
    if (request.headers["content-type"] === "application/json") {
      const sent = readSpans(body).filter(({ begunAt }) => begunAt >= clearedAt);
      bodies.push(body);
      spans.push(...sent);
      onSpans(sent);
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => response.writeHead(400).end());
  });
  const listening = await listenOnLoopback(server, port);
  return {
    ...listening,
    get spans() {
      return spans;
    },
    get bodies() {
      return bodies;
    },
    break: (how) => {
      trouble = how;
    },
    clear: () => {
      clearedAt = Date.now();
      spans = [];
      bodies = [];
      trouble = undefined;
    },
  };
}

/** The parts of a request that are read, by the names of OTLP's JSON encoding (opentelemetry-proto 1.x). */
interface ExportRequest {
  resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[];
}

interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number; message?: string };
  flags?: number;
}

const failed = 2;
// The flag of a span whose parent is in another process.
const parentIsRemote = 0x200;

function readSpans(body: string): Span[] {
  const { resourceSpans } = JSON.parse(body) as ExportRequest;
  const sent = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  return sent.map(({ traceId, spanId, parentSpanId, name, status, flags = 0, ...times }) => ({
    traceId,
    id: spanId,
    ...(parentSpanId && { parent: parentSpanId }),
    isTop: !parentSpanId || (flags & parentIsRemote) !== 0,
    name,
    begunAt: Number(times.startTimeUnixNano) / 1e6,
    endedAt: Number(times.endTimeUnixNano) / 1e6,
    ...(status.code === failed && { failure: status.message?.split("\n")[0] ?? "failed" }),
  }));
}
