import {
  type ClientHttp2Session,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import type { Attempt as Announced, OpenStep } from "../events.ts";
import { type LoopbackServer, listenOn } from "../loopback.ts";
import { Attempt } from "./attempt.ts";
import { invocationHeader } from "./caller.ts";
import { openSession, pass, type Tap } from "./passing.ts";

// Milliseconds.
const claimedWithin = 5;

/** The one address that Restate has for the agents, whichever process serves them. */
export interface Router extends LoopbackServer {
  /** Opens the way to the agents of one stage. */
  openEntrance(): Entrance;
}

/** The way from Restate to one stage's agents, while their processes change. */
export interface Entrance {
  /** Cuts open requests. New ones go to this port; without a port they are refused. */
  pointAt(port: number | undefined): void;
  /** Routes this invocation, and those that it calls, to these agents. Until then they wait. */
  claim(invocation: string): void;
  /** Says when an invocation is due on the agents' clock, if Restate has another time; ms since 1970. */
  noteDue(invocation: string, at: number): void;
  /**
   * When an invocation was due on the agents' clock, in milliseconds since 1970; undefined if it had no delay,
   * or no attempt of it has begun while the clock was behind.
   */
  dueOf(invocation: string): number | undefined;
  /** Called for each attempt that reaches these agents. */
  onAttempt: (attempt: Announced) => void;
  /**
   * Called when Restate gives up an attempt, begins a second one of the same invocation at the same time,
   * or loses its connection. This happens, for example, if a node is lost.
   */
  onDisturbance: () => void;
  /** Called with the id of an awakeable when an attempt says that it waits for it. */
  onAwaits: (awakeable: string) => void;
  /** Whether each attempt is told that many failed before it, over a day. */
  agesAttempts: boolean;
  /**
   * Receives the time when a timer or a delayed invocation was due, in milliseconds since 1970, before the
   * agent learns about it. If undefined, the router does not follow them.
   */
  onTimerOver: ((overAt: number) => Promise<void>) | undefined;
  /** Decides about each message that these agents send to Restate. */
  tap: Tap | undefined;
  /**
   * The steps of an attempt, by its number, that are open, or were when it was cut. If the number is
   * unknown, the steps of all attempts that are under way.
   */
  stepsDuring(attempt: string | undefined): Promise<OpenStep[]>;
  /** Whether these agents have sent something to a handler, which may begin later. */
  readonly hasSent: boolean;
  /** Forgets the invocations that have ended. */
  forget(): void;
  close(): void;
}

/** What a router asks Restate about an invocation. */
export interface Lookups {
  /** The invocation that called it, if any. */
  parentOf(invocation: string): Promise<string | undefined>;
  /** When it was due, in milliseconds since 1970; undefined if it was not delayed. */
  dueAt(invocation: string): Promise<number | undefined>;
}

/**
 * Opens a router for HTTP/2 without TLS, the protocol between Restate and agents.
 *
 * @param address the address of this machine that Restate can reach
 */
export async function startRouter(address: string, { parentOf, dueAt }: Lookups): Promise<Router> {
  const sessions = new Set<ServerHttp2Session>();
  const entrances = new Set<Way>();
  const claims = new Map<string, Way>();
  const waiting = new Map<string, ((way: Way) => void)[]>();
  /** The invocations that have an attempt under way. */
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
      // A node that takes over begins an attempt, although the lost node's attempt still seems to run.
      if (underWay.has(invocation)) way.entrance.onDisturbance();
      underWay.add(invocation);
      incoming.once("close", () => {
        underWay.delete(invocation);
        // Restate's own resets have this code; the router's have others.
        if (incoming.rstCode === constants.NGHTTP2_CANCEL) way.entrance.onDisturbance();
      });
    }
    const { onTimerOver } = way?.entrance ?? {};
    if (onTimerOver && invocation !== undefined) {
      const overAt = way?.due.get(invocation) ?? (await dueAt(invocation));
      if (overAt !== undefined) {
        way?.due.set(invocation, overAt);
        await onTimerOver(overAt);
      }
    }
    if (incoming.destroyed) return;
    if (way?.session === undefined || way.session.destroyed) {
      incoming.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const target = headers[":path"]?.toString().split("/invoke/")[1];
    const attempt =
      invocation === undefined || target === undefined
        ? undefined
        : new Attempt(invocation, target, way.latest.get(invocation), (awakeable) =>
            way.entrance.onAwaits(awakeable),
          );
    if (attempt) {
      way.latest.set(attempt.invocation, attempt);
      way.numbered.set(attempt.number, attempt);
    }
    pass({ incoming, headers, session: way.session, attempt, entrance: way.entrance });
  });

  /** The way for a request. Discovery names no invocation, so it goes to any agents. */
  async function wayFor(invocation: string | undefined): Promise<Way | undefined> {
    if (invocation === undefined) return [...entrances].find((way) => way.session);
    const way = claims.get(invocation);
    if (way) return way;
    const claimed = new Promise<Way>((resolve) => {
      waiting.set(invocation, [...(waiting.get(invocation) ?? []), resolve]);
    });
    // Usually, an invocation from outside has been claimed by then. For any other, ask Restate who called it.
    return Promise.race([
      claimed,
      pause(claimedWithin).then(() => wayOfCaller(invocation, claimed)),
    ]);
  }

  async function wayOfCaller(invocation: string, claimed: Promise<Way>): Promise<Way | undefined> {
    const way = claims.get(invocation);
    if (way) return way;
    const caller = await parentOf(invocation).catch(() => undefined);
    // A caller that came from outside was claimed before it could call.
    const found = caller === undefined ? await claimed : await wayOfCaller(caller, claimed);
    if (found) claims.set(invocation, found);
    return found;
  }

  const listening = await listenOn(server, address, 0);
  return {
    ...listening,
    openEntrance: () => {
      const entrance: Entrance = {
        onAttempt: () => {},
        onDisturbance: () => {},
        onAwaits: () => {},
        agesAttempts: false,
        onTimerOver: undefined,
        tap: undefined,
        stepsDuring: async (number) => {
          const known = number === undefined ? undefined : way.numbered.get(number);
          const attended = known ? [known] : [...way.latest.values()];
          // The message that opens a step may be sent but not read yet: read it first.
          await new Promise(setImmediate);
          return attended.flatMap(({ stepsUnderWay }) => stepsUnderWay);
        },
        get hasSent() {
          return [...way.numbered.values()].some(({ hasSent }) => hasSent);
        },
        noteDue: (invocation, at) => {
          way.due.set(invocation, at);
        },
        dueOf: (invocation) => way.due.get(invocation),
        forget: () => {
          way.due.clear();
          way.latest.clear();
          way.numbered.clear();
        },
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
      const way: Way = {
        entrance,
        session: undefined,
        due: new Map(),
        latest: new Map(),
        numbered: new Map(),
      };
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
  /** When invocations are due on the agents' clock, as far as that is known. */
  due: Map<string, number>;
  /** The latest attempt of each invocation. */
  latest: Map<string, Attempt>;
  /** All attempts by their numbers: one that Restate has given up may still make calls. */
  numbered: Map<string, Attempt>;
}
