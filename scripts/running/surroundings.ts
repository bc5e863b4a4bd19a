import { startScriptedModel } from "../../checks/stage/model/model.ts";
import { startWorld } from "../../checks/stage/world/world.ts";
import { openTraces, tracesUrlFor } from "./traces.ts";

/**
 * What agents call: the model, the world and a trace collector, on this machine unless the shell names real
 * ones.
 */
export interface Surroundings {
  /** What the agents' process needs in its environment to find them. */
  environment: Record<string, string>;
  /** Undefined if the model is a real one. */
  modelUrl: string | undefined;
  worldUrl: string;
  /** Whether the weather comes from elsewhere. */
  weatherIsReal: boolean;
  close(): Promise<void>;
}

// The weather of `npm start` is the same every day, so that a room sees what the lesson shows.
const seed = 1;

/**
 * Starts the world, and the scripted model and a trace collector unless the shell names real ones. Prints a
 * line for each.
 */
export async function openSurroundings(
  ports: { model: number; world: number; traces: number; ingress: number },
  say: (who: string, what: string) => void,
): Promise<Surroundings> {
  const model = await openModel(ports.model, say);
  const ingressUrl = `http://localhost:${ports.ingress}`;
  const world = await startWorld({ seed, port: ports.world, ingressUrl });
  const weather = process.env.WEATHER_API_URL;
  say("world", `${world.url}${weather ? `, but the weather is from ${weather}` : ""}`);
  const traces = await openTraces(ports.traces, say);
  return {
    environment: {
      ...model.environment,
      WORLD_URL: world.url,
      RESTATE_INGRESS_URL: ingressUrl,
      WEATHER_API_URL: weather ?? `${world.url}/weather`,
      OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrlFor(ports.traces),
    },
    modelUrl: model.url,
    worldUrl: world.url,
    weatherIsReal: weather !== undefined,
    close: async () => {
      await Promise.all([model.close(), world.close(), traces.close()]);
    },
  };
}

async function openModel(port: number, say: (who: string, what: string) => void) {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: baseUrl } = process.env;
  if (key || baseUrl) {
    say("model", `${baseUrl || "OpenAI"}, as OPENAI_${baseUrl ? "BASE_URL" : "API_KEY"} says`);
    return {
      url: undefined,
      environment: {
        // The client needs a key, even if the endpoint does not.
        OPENAI_API_KEY: key || "none",
        ...(baseUrl && { OPENAI_BASE_URL: baseUrl }),
      },
      close: async () => {},
    };
  }
  const model = await startScriptedModel(port);
  say("model", `${model.url}, scripted; set OPENAI_API_KEY for a real one`);
  return {
    url: model.url,
    environment: { OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: `${model.url}/v1` },
    close: () => model.close(),
  };
}
