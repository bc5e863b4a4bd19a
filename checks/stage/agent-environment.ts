// stage/: puts an exercise on a stage, injects failures and records what happens. It judges nothing.

import type { Urls } from "./doors.ts";
import { cleanEnvironment } from "./environment.ts";
import type { RestateServer } from "./restate/server.ts";

/** The agents' API key. It is fake, but it must not get into names, logs or traces. */
export const apiKey = "sk-known-to-agents-only";

/** All that agents know about the machine they run on. */
export function agentEnvironment(urls: Urls, tracesUrl: string, { isShared }: RestateServer) {
  return cleanEnvironment({
    RESTATE_INGRESS_URL: urls.ingress,
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: urls.model,
    WORLD_URL: urls.world,
    WEATHER_API_URL: `${urls.world}/weather`,
    OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrl,
    RESTATE_LOGGING: "INFO",
    // The run's own server has short retries in its settings.
    ...(isShared && { WORKSHOP_RETRIES: "short" }),
  });
}
