import { type Boundary, openBoundary, type Service } from "../checks/stage/boundary.ts";
import { CouldNotRun } from "../checks/stage/could-not-run.ts";
import type { Failure } from "../checks/stage/failures.ts";
import { callIngress } from "../checks/stage/restate/ingress.ts";
import type { Entry } from "../checks/stage/world/ledger.ts";
import { chapters } from "../manifest.ts";
import { type Breakable, breakagesOf } from "./breakages.ts";
import { openControl } from "./control.ts";
import type { Surroundings } from "./surroundings.ts";

/** A running workshop, as far as it can be broken. */
export interface Running {
  surroundings: Surroundings;
  ingressPort: number;
  killAgents(): Promise<void>;
  killServer(): Promise<void>;
  say: (who: string, what: string) => void;
}

/**
 * Puts a boundary between the agents and what they call on this machine, and breaks there what
 * `npm run break` asks for.
 *
 * @returns the environment with which agents call through the boundary
 */
export async function openBreaking(running: Running) {
  const { surroundings, ingressPort, say } = running;
  const boundary = await openBoundary({
    modelUrl: () => surroundings.modelUrl ?? "",
    worldUrl: () => surroundings.worldUrl,
    kill: () => running.killAgents(),
    killServer: () => running.killServer(),
    onCall: (call) => {
      // It is kept open all day.
      if (call.outcome !== "under way") boundary.forget(call);
    },
    callIngress: (request) => callIngress(`http://127.0.0.1:${ingressPort}`, request, () => {}),
  });
  const workshop: Breakable = {
    boundary,
    lasting: new Map<string, Failure>(),
    breakable: (service) => isHere(service, surroundings),
    killAgents: running.killAgents,
    killServer: running.killServer,
    answerReview: (approved) => answerReview(surroundings.worldUrl, approved),
  };
  const control = await openControl(ingressPort, async ({ chapter, breakage }) => {
    const found = chapters
      .filter(({ number }) => number === chapter)
      .flatMap(breakagesOf)
      .find(({ name }) => name === breakage);
    if (found === undefined) {
      throw new CouldNotRun(`There is no ${breakage}.`, `Type: npm run break ${chapter}`);
    }
    const words = await found.act(workshop);
    say("break", words);
    return words;
  });
  return {
    environment: { ...surroundings.environment, ...throughBoundary(boundary, surroundings) },
    close: async () => {
      await control.close();
      await boundary.close();
    },
  };
}

function throughBoundary(boundary: Boundary, surroundings: Surroundings): Record<string, string> {
  const { model, world } = boundary.urlsFor("agent");
  return {
    WORLD_URL: world,
    ...(isHere("weather", surroundings) && { WEATHER_API_URL: `${world}/weather` }),
    ...(isHere("model", surroundings) && { OPENAI_BASE_URL: model }),
  };
}

function isHere(service: Service, { modelUrl, weatherIsReal }: Surroundings): boolean {
  if (service === "model") return modelUrl !== undefined;
  return service !== "weather" || !weatherIsReal;
}

/** The latest request that nobody has answered here; who was answered by hand takes no harm. */
async function answerReview(worldUrl: string, approved: boolean): Promise<string | undefined> {
  const ledger = (await (await fetch(`${worldUrl}/ledger`)).json()) as Entry[];
  const requests = ledger.filter(({ effect, repeated }) => effect === "review" && !repeated);
  for (const { subject: id } of requests.reverse()) {
    const review = (await (await fetch(`${worldUrl}/reviews/${id}`)).json()) as object;
    if ("approved" in review) continue;
    const body = JSON.stringify({ approved });
    await fetch(`${worldUrl}/reviews/${id}/answer`, { method: "POST", body });
    return id;
  }
  return undefined;
}
