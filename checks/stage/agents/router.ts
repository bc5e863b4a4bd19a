import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Readable, Transform } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Attempt } from "../events.ts";
import { type LoopbackServer, listenOn } from "../loopback.ts";
import { ageAttempt } from "./aged-attempts.ts";
import { invocationHeader } from "./caller.ts";
import { followTimers } from "./rung-timers.ts";

/** The one address at which Restate is told that the agents are, whichever process serves them. */
export interface Router extends LoopbackServer {
  /** Opens a way in to the agents of one stage. */
  openEntrance(): Entrance;
}

/** The way from Restate to one stage's agents, whose processes come and go. */
export interface Entrance {
  /** Cuts what goes on; from now on this port is served, or nobody where there is none. */
  pointAt(port: number | undefined): void;
  /** Takes this invocation, and those it calls, to these agents; until then they wait. */
  claim(invocation: string): void;
  /** Is told whenever an attempt of one of these agents' invocations gets through to them. */
  onAttempt: (attempt: Attempt) => void;
  /**
   * Is told when Restate gives an attempt up, begins one beside another or loses its connection, as
   * when one of its nodes is lost.
   */
  onDisturbance: () => void;
  /** Whether attempts are told that many have failed before them, over a day. */
  agesAttempts: boolean;
  /**
   * Is told when a timer was over, in milliseconds since 1970, before the agent hears of that; where it
   * is undefined, timers are not followed.
   */
  onTimerOver: ((overAt: number) => Promise<void>) | undefined;
  close(): void;
}

/**
 * Opens a router for HTTP/2 without TLS, which is what Restate speaks to agents.
 *
 * @param address the one of this machine at which Restate reaches it
 * @param parentOf says which invocation called one, if any did
 */
export async function startRouter(
  address: string,
  parentOf: (invocation: string) => Promise<string | undefined>,
): Promise<Router> {
  const sessions = new Set<ServerHttp2Session>();
  const entrances = new Set<Way>();
  const claims = new Map<string, Way>();
  const waiting = new Map<string, ((way: Way) => void)[]>();
  /** The invocations of which an attempt is under way. */
  const underWay = new Set<string>();

  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => {
      sessions.delete(session);
      for (const { entrance } of entrances) entrance.onDisturbance();
    });
  });
  server.on("stream", async (incoming: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    incoming.on("error", () => {});
    const invocation = headers[invocationHeader]?.toString();
    const way = await wayFor(invocation);
    if (invocation !== undefined && way?.session) {
      const trace = headers.traceparent?.toString().split("-")[1];
      way.entrance.onAttempt({ invocation, ...(trace !== undefined && { trace }) });
      // A node that takes over begins anew what another one still seems to be at.
      if (underWay.has(invocation)) way.entrance.onDisturbance();
      underWay.add(invocation);
      incoming.once("close", () => {
        underWay.delete(invocation);
        // A reset with this code is its own; ours have another.
        if (incoming.rstCode === constants.NGHTTP2_CANCEL) way.entrance.onDisturbance();
      });
    }
    if (!incoming.destroyed) pass(incoming, headers, way, invocation !== undefined);
  });

  /** Discovery asks no invocation's agents, but any. */
  async function wayFor(invocation: string | undefined): Promise<Way | undefined> {
    if (invocation === undefined) return [...entrances].find((way) => way.session);
    const way = claims.get(invocation);
    if (way) return way;
    const claimed = new Promise<Way>((resolve) => {
      waiting.set(invocation, [...(waiting.get(invocation) ?? []), resolve]);
    });
    // One from outside is claimed within milliseconds; for others it is worth asking Restate.
    return Promise.race([claimed, pause(50).then(() => wayOfParent(invocation, claimed))]);
  }

  async function wayOfParent(invocation: string, claimed: Promise<Way>): Promise<Way | undefined> {
    if (claims.has(invocation)) return claimed;
    const parent = await parentOf(invocation).catch(() => undefined);
    const way = parent === undefined ? await claimed : await wayFor(parent);
    if (way) claims.set(invocation, way);
    return way;
  }

  const listening = await listenOn(server, address, 0);
  return {
    ...listening,
    openEntrance: () => {
      const entrance: Entrance = {
        onAttempt: () => {},
        onDisturbance: () => {},
        agesAttempts: false,
        onTimerOver: undefined,
        pointAt: (port) => {
          way.session?.destroy();
          way.session = port === undefined ? undefined : openSession(port);
        },
        claim: (invocation) => {
          claims.set(invocation, way);
          for (const resolve of waiting.get(invocation) ?? []) resolve(way);
          waiting.delete(invocation);
        },
        close: () => {
          way.session?.destroy();
          entrances.delete(way);
        },
      };
      const way: Way = { entrance, session: undefined };
      entrances.add(way);
      return entrance;
    },
    close: async () => {
      for (const session of sessions) session.destroy();
      await listening.close();
    },
  };
}

interface Way {
  entrance: Entrance;
  session: ClientHttp2Session | undefined;
}

function openSession(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  // A killed process resets its connection; its streams tell Restate.
  session.on("error", () => {});
  return session;
}

function pass(
  incoming: ServerHttp2Stream,
  { ":scheme": _scheme, ":authority": _authority, ...headers }: IncomingHttpHeaders,
  way: Way | undefined,
  isAttempt: boolean,
): void {
  const { session, entrance } = way ?? {};
  if (session === undefined || session.destroyed) {
    incoming.close(constants.NGHTTP2_REFUSED_STREAM);
    return;
  }
  const outgoing = session.request(headers, { endStream: false });
  outgoing.once("response", (answered) => {
    if (incoming.destroyed || incoming.headersSent) return;
    incoming.respond(answered);
    // Not before: one that is cut ends like one that is done, and would pass for an empty answer.
    outgoing.pipe(incoming);
  });
  outgoing.on("error", () => incoming.close(constants.NGHTTP2_INTERNAL_ERROR));
  outgoing.once("aborted", () => incoming.close(constants.NGHTTP2_INTERNAL_ERROR));
  outgoing.once("close", () => {
    if (!incoming.writableEnded) incoming.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
  incoming.once("aborted", () => outgoing.close(constants.NGHTTP2_CANCEL));
  const changes: Transform[] = [];
  if (isAttempt && entrance?.agesAttempts) changes.push(ageAttempt());
  if (isAttempt && entrance?.onTimerOver) {
    const timers = followTimers(entrance.onTimerOver);
    outgoing.on("data", timers.note);
    changes.push(timers.toAgent);
  }
  changes.reduce<Readable>((passed, change) => passed.pipe(change), incoming).pipe(outgoing);
}
