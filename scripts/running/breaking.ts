import { type Boundary, openBoundary } from "../../checks/stage/boundary.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import type { Call, Service } from "../../checks/stage/events.ts";
import { readOrigin } from "../../checks/stage/restate/admin.ts";
import { callIngress } from "../../checks/stage/restate/ingress.ts";
import type { Entry } from "../../checks/stage/world/ledger.ts";
import { type Chapter, chapters } from "../../manifest.ts";
import { type Breakable, breakagesOf, nameColumn, type Standing } from "./breakages.ts";
import { type Asked, openControl } from "./control.ts";
import type { Surroundings } from "./surroundings.ts";

/** A running workshop, as far as it can be broken. */
export interface Running {
  /** The chapters that it serves. */
  chapters: readonly Chapter[];
  surroundings: Surroundings;
  ingressPort: number;
  adminPort: number;
  killAgents(): Promise<void>;
  killServer(): Promise<void>;
  say: (who: string, what: string) => void;
}

/**
 * Puts a boundary between the agents and what they call on this machine, and breaks there what
 * `npm run break` asks for. A chapter's failures strike the calls of its agents and of the agents that
 * these call.
 *
 * @returns the environment that makes agents call through the boundary
 */
export async function openBreaking(running: Running) {
  const { surroundings, ingressPort, say } = running;
  const adminUrl = `http://127.0.0.1:${running.adminPort}`;
  /** For each running call, the service whose invocation led to it. */
  const origins = new Map<Call, string>();
  /** For each request to the reviewer, by its id, the service whose invocation led to it. */
  const asking = new Map<string, string>();
  const standing = new Map(chapters.map(({ number }) => [number, new Map<string, Standing>()]));

  const boundary = await openBoundary({
    modelUrl: () => surroundings.modelUrl ?? "",
    worldUrl: () => surroundings.worldUrl,
    kill: () => running.killAgents(),
    killServer: () => running.killServer(),
    onCall: (call) => {
      const origin = origins.get(call);
      const review = call.service === "review" && call.asked.match(/(?:sign|prom)_[\w-]+/)?.[0];
      if (review && origin !== undefined) asking.set(review, origin);
      if (call.outcome === "under way") return;
      // The workshop runs all day, so finished calls must not pile up.
      boundary.crossing.forget(call);
      origins.delete(call);
    },
    getToKnow: async (call) => {
      if (call.invocation === undefined) return;
      const origin = await readOrigin(adminUrl, call.invocation).catch(() => undefined);
      if (origin === undefined) return;
      if (call.outcome === "under way") origins.set(call, origin);
    },
    callIngress: (request) => callIngress(`http://127.0.0.1:${ingressPort}`, request, () => {}),
  });

  /** A call from an unknown service may belong to any chapter. */
  function isOf(chapter: Chapter, call: Call): boolean {
    const origin = origins.get(call);
    return origin === undefined || servicesOf(chapter).includes(origin);
  }

  function breakableIn(chapter: Chapter): Breakable {
    const ofChapter = standing.get(chapter.number) ?? new Map<string, Standing>();
    for (const { name, failure } of ofChapter.values()) {
      if (!failure.standing) ofChapter.delete(name);
    }
    return {
      standing: ofChapter,
      inject: (asked) => {
        ofChapter.set(asked.name, asked);
        const { failure } = asked;
        boundary.crossing.inject({
          phase: failure.phase,
          strikes: (call) => isOf(chapter, call) && failure.strikes(call),
          blow: () => failure.blow(),
          get standing() {
            return failure.standing;
          },
          lift: () => failure.lift(),
        });
      },
      breakable: (service) => isHere(service, surroundings),
      killAgents: running.killAgents,
      killServer: running.killServer,
      answerReview: (approved) =>
        answerReview(surroundings.worldUrl, approved, (id) => {
          const origin = asking.get(id);
          return origin === undefined || servicesOf(chapter).includes(origin);
        }),
    };
  }

  function allStanding(): { chapter: Chapter; standing: Standing }[] {
    return chapters.flatMap((chapter) =>
      [...breakableIn(chapter).standing.values()].map((each) => ({ chapter, standing: each })),
    );
  }

  async function obey(asked: Asked): Promise<string> {
    if (asked.kind === "state") return tellState(allStanding());
    if (asked.kind === "calm") {
      const ended = allStanding().filter(({ chapter }) => isMeant(chapter, asked.chapter));
      for (const each of ended) each.standing.failure.lift();
      return ended.length === 0 ? nothingIn(asked.chapter) : `Ended:\n${list(ended)}`;
    }
    const chapter = running.chapters.find(({ number }) => number === asked.chapter);
    if (chapter === undefined) {
      const served = running.chapters.map(({ number }) => number).join(", ");
      throw new CouldNotRun(
        `npm start serves chapter ${served} now, and not ${asked.chapter}.`,
        `Stop it and type: npm start ${asked.chapter}`,
      );
    }
    const breakage = breakagesOf(chapter).find(({ name }) => name === asked.breakage);
    if (breakage === undefined) {
      throw new CouldNotRun(
        `There is no ${asked.breakage}.`,
        `Type: npm run break ${asked.chapter}`,
      );
    }
    return breakage.act(breakableIn(chapter));
  }

  const control = await openControl(ingressPort, async (asked) => {
    const words = await obey(asked);
    if (asked.kind !== "state") say("break", words);
    return words;
  });
  return {
    environment: {
      ...surroundings.environment,
      ...throughBoundary(boundary, surroundings),
      WORKSHOP_BOUNDARY: boundary.origin,
    },
    close: async () => {
      await control.close();
      await boundary.close();
    },
  };
}

function isMeant({ number }: Chapter, asked: string | undefined): boolean {
  return asked === undefined || number === asked;
}

function nothingIn(chapter: string | undefined): string {
  const where = chapter === undefined ? "" : ` in chapter ${chapter}`;
  return `Nothing is broken${where}, and no kill is waiting.`;
}

function tellState(all: readonly { chapter: Chapter; standing: Standing }[]): string {
  if (all.length === 0) return nothingIn(undefined);
  return `${list(all)}\n\nTo end all of it: npm run break calm`;
}

function list(all: readonly { chapter: Chapter; standing: Standing }[]): string {
  return all
    .map(
      ({ chapter, standing: { name, words } }) => `${chapter.number} ${nameColumn(name)} ${words}`,
    )
    .join("\n");
}

function servicesOf({ exercises }: Chapter): string[] {
  return exercises.flatMap(({ service, calls = [] }) => [service, ...calls]);
}

function throughBoundary(boundary: Boundary, surroundings: Surroundings): Record<string, string> {
  const { model, world } = boundary.openDoor("agent").urls;
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

/** Answers the latest open request. If curl has already answered it, a second answer changes nothing. */
async function answerReview(
  worldUrl: string,
  approved: boolean,
  isMeant: (id: string) => boolean,
): Promise<string | undefined> {
  const ledger = (await (await fetch(`${worldUrl}/ledger`)).json()) as Entry[];
  const requests = ledger.filter(({ effect, repeated }) => effect === "review" && !repeated);
  for (const { subject: id } of requests.reverse()) {
    if (!isMeant(id)) continue;
    const review = (await (await fetch(`${worldUrl}/reviews/${id}`)).json()) as object;
    if ("approved" in review) continue;
    const body = JSON.stringify({ approved });
    await fetch(`${worldUrl}/reviews/${id}/answer`, { method: "POST", body });
    return id;
  }
  return undefined;
}
