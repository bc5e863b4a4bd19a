import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { type Readable, Transform } from "node:stream";
import { ageAttempt } from "./aged-attempts.ts";
import type { Attempt, Sent } from "./attempt.ts";
import { attemptHeader } from "./caller.ts";
import { writeMessage } from "./messages.ts";
import { followTimers } from "./rung-timers.ts";

/** What is done at the messages that agents send to Restate. */
export interface Tap {
  /** Whether it may still cut something. */
  readonly standing: boolean;
  /** Called before Restate gets a message. If it returns "cut", Restate never gets this or a later one. */
  before(sent: Sent): Promise<"pass" | "cut">;
  /** Called after Restate got it. It answers, and gets the next message, when this resolves. */
  after(sent: Sent): Promise<void>;
}

/** A request of Restate to agents, and the way to them. */
export interface Passage {
  incoming: ServerHttp2Stream;
  headers: IncomingHttpHeaders;
  session: ClientHttp2Session;
  /** Follows the messages; undefined for a discovery. */
  attempt: Attempt | undefined;
  entrance: {
    readonly agesAttempts: boolean;
    readonly onTimerOver: ((overAt: number) => Promise<void>) | undefined;
    readonly tap: Tap | undefined;
  };
}

/** Opens a connection to the agents on a port. */
export function openSession(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  // A killed process resets its connection. Each of its streams then ends with an error for Restate.
  session.on("error", () => {});
  return session;
}

/** Passes a request and its answer, in pieces, as they come. */
export function pass({ incoming, headers, session, attempt, entrance }: Passage): void {
  const { ":scheme": _scheme, ":authority": _authority, ...passed } = headers;
  const named = attempt ? { ...passed, [attemptHeader]: attempt.number } : passed;
  const outgoing = session.request(named, { endStream: false });
  const fail = () => incoming.close(constants.NGHTTP2_INTERNAL_ERROR);
  outgoing.on("error", fail);
  outgoing.once("aborted", fail);
  incoming.once("aborted", () => outgoing.close(constants.NGHTTP2_CANCEL));
  incoming.once("close", () => attempt?.end());

  const toAgent: Transform[] = [];
  if (attempt) {
    incoming.on("data", (piece: Buffer) => attempt.receive(piece));
    outgoing.on("data", (piece: Buffer) => attempt.send(piece));
    toAgent.push(whenOpen(attempt));
    if (entrance.agesAttempts) toAgent.push(ageAttempt());
    if (entrance.onTimerOver) {
      const timers = followTimers(entrance.onTimerOver);
      outgoing.on("data", timers.note);
      toAgent.push(timers.toAgent);
    }
  }
  toAgent.reduce<Readable>((piece, change) => piece.pipe(change), incoming).pipe(outgoing);

  outgoing.once("response", (answered) => {
    if (incoming.destroyed || incoming.headersSent) return;
    incoming.respond(answered);
    // Not earlier: a stream that is cut ends like a finished one, and would look like an empty answer.
    const answer = attempt ? outgoing.pipe(throughTap(attempt, entrance, fail)) : outgoing;
    answer.pipe(incoming);
  });
  outgoing.once("close", () => {
    // The end of an answer may still be on its way to Restate.
    const isOnItsWay = incoming.headersSent && outgoing.readableEnded;
    if (!isOnItsWay && !incoming.writableEnded) fail();
  });
}

/** Passes pieces on to the agent, but none while the tap is at work on a message that Restate got. */
function whenOpen(attempt: Attempt): Transform {
  return new Transform({
    transform(piece: Buffer, _, done) {
      attempt.answersMayPass.then(() => done(null, piece));
    },
  });
}

/** Passes the agent's messages one after another, each when the tap, if there is one, allows it. */
function throughTap(attempt: Attempt, entrance: Passage["entrance"], fail: () => void): Transform {
  /** Returns whether the tap let the messages pass that have come since it was last asked. */
  const letPass = async (push: (bytes: Buffer) => void): Promise<boolean> => {
    for (const { message, sent } of attempt.takeSent()) {
      const { tap } = entrance;
      if (sent && tap && (await tap.before(sent)) === "cut") return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      if (sent && tap) attempt.answersMayPass = promise;
      push(writeMessage(message));
      if (sent && tap) await tap.after(sent).finally(resolve);
    }
    return true;
  };
  return new Transform({
    // While one message waits, the attempt must see those behind it: their steps are already open.
    writableHighWaterMark: 1_000_000,
    transform(_piece: Buffer, _, done) {
      letPass((bytes) => this.push(bytes)).then((passed) => (passed ? done() : fail()), fail);
    },
  });
}
