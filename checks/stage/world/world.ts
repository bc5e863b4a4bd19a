import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readText } from "../http.ts";
import { type LoopbackServer, listenOnLoopback } from "../loopback.ts";
import { waitFor } from "../wait.ts";
import { type Analysis, analyse } from "./analyses.ts";
import { Bookings } from "./bookings.ts";
import { Branches, type BranchRequest } from "./branches.ts";
import { Ledger } from "./ledger.ts";
import { Reviews } from "./reviews.ts";
import { asWttr, weatherIn } from "./weather.ts";

// Milliseconds, far more than a server that was killed takes to come back on two busy cores.
const answerCap = 20_000;

/** The outside world of the workshop's agents, running on this machine. */
export interface World extends LoopbackServer {
  readonly ledger: Ledger;
}

interface Answer {
  status: number;
  body: unknown;
}

/** What a world needs to know. */
export interface WorldSettings {
  /** The weather depends on it. */
  seed: number;
  /** 0 takes a free one. */
  port: number;
  /** Where the human reviewer's answers go if the request's id is an awakeable's. */
  ingressUrl: string;
}

/** Starts a world without bookings or requests for review. */
export async function startWorld({ seed, port, ingressUrl }: WorldSettings): Promise<World> {
  const ledger = new Ledger();
  const answer = router(seed, ledger, ingressUrl);
  const server = createServer((request, response) => {
    respond(answer, request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  return { ...(await listenOnLoopback(server, port)), ledger };
}

async function respond(
  answer: ReturnType<typeof router>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const text = await readText(request);
  let body: unknown;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    response.writeHead(400).end("The body is not JSON.");
    return;
  }
  const { pathname } = new URL(request.url ?? "/", "http://world");
  const path = pathname.slice(1).split("/").map(decodeURIComponent);
  const key = request.headers["idempotency-key"];
  const reply = await answer(`${request.method} ${path[0]}`, path.slice(1), body, key?.toString());
  const isText = typeof reply.body === "string";
  response.writeHead(reply.status, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(isText ? (reply.body as string) : JSON.stringify(reply.body ?? {}));
}

function router(seed: number, ledger: Ledger, ingressUrl: string) {
  const bookings = new Bookings();
  const branches = new Branches();
  const reviews = new Reviews();
  const emails = new Set<string>();
  const notifications = new Map<string, string>();

  return async (
    route: string,
    rest: string[],
    body: unknown,
    key: string | undefined,
  ): Promise<Answer> => {
    const [first = "", second] = rest;
    const keyed = key === undefined ? {} : { idempotencyKey: key };

    switch (route) {
      case "GET weather": {
        ledger.record({ effect: "weather", subject: first, repeated: false });
        const weather = weatherIn(first, seed);
        return weather
          ? { status: 200, body: asWttr(first, weather) }
          : { status: 404, body: `There is no city called ${first}.` };
      }
      case "POST analyses": {
        ledger.record({ effect: "analysis", subject: first, repeated: false });
        const finding = analyse(first as Analysis, body);
        return finding === undefined
          ? { status: 404, body: `There is no analysis called ${first}.` }
          : { status: 200, body: { finding } };
      }
      case "POST reviews": {
        if (second === "answer") {
          const { approved } = body as { approved: boolean };
          reviews.answer(first, approved);
          if (isAwakeable(first)) await resolveAwakeable(ingressUrl, first, approved);
          return { status: 200, body: { approved } };
        }
        const { id } = body as { id: string };
        const repeated = reviews.request(id);
        ledger.record({ effect: "review", subject: id, ...keyed, repeated });
        return { status: 200, body: { id } };
      }
      case "GET reviews":
        return { status: 200, body: { approved: reviews.answerTo(first) } };
      case "POST bookings": {
        if (second === "confirm" || second === "cancel") {
          const repeated = bookings.settle(first, second);
          const effect = second === "confirm" ? "confirmation" : "cancellation";
          ledger.record({ effect, subject: first, repeated });
          return { status: 200, body: {} };
        }
        if (/suv/i.test(JSON.stringify(body))) {
          return { status: 409, body: "There is no SUV available on these days." };
        }
        const reserved = bookings.reserve(first, body, key);
        if (reserved === undefined) {
          return { status: 422, body: "This idempotency key was used for another request." };
        }
        const { reservation, repeated } = reserved;
        ledger.record({ effect: "reservation", subject: reservation.id, ...keyed, repeated });
        return { status: 200, body: reservation };
      }
      case "POST emails": {
        const repeated = key !== undefined && emails.has(key);
        if (key !== undefined) emails.add(key);
        ledger.record({ effect: "email", subject: "customer", ...keyed, repeated });
        return { status: 200, body: {} };
      }
      case "POST notifications": {
        const asked = JSON.stringify([first, body]);
        const known = key === undefined ? undefined : notifications.get(key);
        if (known !== undefined && known !== asked) {
          return { status: 422, body: "This idempotency key was used for another notification." };
        }
        if (key !== undefined) notifications.set(key, asked);
        const { text } = body as { text: string };
        const repeated = known !== undefined;
        ledger.record({ effect: "notification", subject: first, text, ...keyed, repeated });
        return { status: 200, body: {} };
      }
      case "POST branches": {
        const request = body as BranchRequest;
        const done = branches.perform(first, request);
        if (done === undefined) {
          return { status: 404, body: `Nobody can ${first} a branch.` };
        }
        if ("refusal" in done) return { status: 409, body: done.refusal };
        const file = request.path === undefined ? {} : { text: request.path };
        ledger.record({ subject: request.branch, ...file, ...done });
        return { status: 200, body: {} };
      }
      case "GET ledger":
        return { status: 200, body: ledger.entries };
      default:
        return { status: 404, body: `The world has nothing at ${route}.` };
    }
  };
}

/** Restate's ids begin with the kind of thing that they name. */
function isAwakeable(id: string): boolean {
  return /^(sign|prom)_1/.test(id);
}

/** Asks again until Restate has taken the answer, or says that there is no such awakeable. */
async function resolveAwakeable(ingressUrl: string, id: string, value: unknown): Promise<void> {
  await waitFor(`Restate, to take the answer to ${id},`, answerCap, async () => {
    const { ok, status } = await fetch(`${ingressUrl}/restate/awakeables/${id}/resolve`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(value),
    });
    return ok || (status >= 400 && status < 500) ? true : undefined;
  });
}
