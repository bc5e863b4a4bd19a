import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";

// The exporter takes the collector's address from OTEL_EXPORTER_OTLP_ENDPOINT. Each span leaves when
// it ends, so that a process that is killed takes no ended span along.
export const provider = new NodeTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

export const tracer = provider.getTracer("agents");
