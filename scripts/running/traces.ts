import { type Span, startTraceReceiver } from "../../checks/stage/traces/receiver.ts";
import { renderTree } from "../../checks/stage/traces/tree.ts";

/** Where spans go: to the collector that the shell names, or else to the one at this port. */
export function tracesUrlFor(port: number): string {
  return process.env.OTEL_EXPORTER_OTLP_ENDPOINT || `http://127.0.0.1:${port}`;
}

// Milliseconds. Spans that end together arrive within this time.
const together = 200;

/**
 * Starts a trace collector, unless the shell names one, and prints what it gets: each attempt with its calls,
 * as a tree.
 */
export async function openTraces(port: number, say: (who: string, what: string) => void) {
  if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT) {
    say("traces", `${tracesUrlFor(port)}, as OTEL_EXPORTER_OTLP_ENDPOINT says`);
    return { close: async () => {} };
  }
  let spans: readonly Span[] = [];
  const tell = (top: Span) => {
    say("trace", top.traceId);
    const cut = cutBefore(top, spans);
    if (cut.length > 0) say("", "an attempt that has not ended");
    for (const span of cut) for (const line of renderTree(span, spans)) say("", `   ${line}`);
    for (const line of renderTree(top, spans)) say("", line);
    const told = new Set([top, ...cut].flatMap((span) => withAllBelow(span, spans)));
    spans = spans.filter((span) => !told.has(span));
  };
  const receiver = await startTraceReceiver(port, (sent) => {
    spans = [...spans, ...sent];
    for (const span of sent) if (span.isTop) setTimeout(tell, together, span);
  });
  say(
    "traces",
    `${receiver.url} receives spans; set OTEL_EXPORTER_OTLP_ENDPOINT to use another collector`,
  );
  return receiver;
}

/** The spans of killed attempts, whose own spans never came. */
function cutBefore(top: Span, spans: readonly Span[]): Span[] {
  const known = new Set(spans.map(({ id }) => id));
  return spans.filter(
    ({ traceId, isTop, parent = "", begunAt }) =>
      traceId === top.traceId && !isTop && !known.has(parent) && begunAt < top.begunAt,
  );
}

function withAllBelow(top: Span, spans: readonly Span[]): Span[] {
  const below = spans.filter(({ parent }) => parent === top.id);
  return [top, ...below.flatMap((span) => withAllBelow(span, spans))];
}
