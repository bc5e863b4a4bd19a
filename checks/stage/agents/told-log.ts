import { Console } from "node:console";
import { Writable } from "node:stream";
import { format } from "node:util";
import { type LoggerTransport, TerminalError } from "@restatedev/restate-sdk";
import { invocationUnderWay } from "./caller.ts";

/** A message that was logged in the agents' process. */
export interface Logged {
  /** As it is printed, one line or more. */
  text: string;
  /** The invocation in which it was logged, if known. */
  invocation: string | undefined;
  /** Undefined if the agents' own code has logged it. */
  sdk: SdkMessage | undefined;
}

/** A log message of the SDK. */
export interface SdkMessage {
  /** From `trace` to `error`. */
  level: string;
  words: string;
  /** The service and handler that it is about, if any: `WeatherAgent/run`. */
  target: string | undefined;
  /** What went wrong, if anything did; permanent if Restate does not retry it. */
  error: { message: string; permanently: boolean } | undefined;
}

const levels = ["trace", "debug", "info", "warn", "error"];
const rankOf = (level: string) => levels.indexOf(level);

/**
 * Passes each message that is logged from now on to `tell`, whole and in order, and prints none. The pipes
 * for output and errors do not show where a message ends, or which one came first.
 *
 * @returns the SDK's logger
 */
export function tellLog(tell: (logged: Logged) => void): LoggerTransport {
  // A console writes each message in one piece.
  const messages = new Writable({
    decodeStrings: false,
    write: (text: string, _, done) => {
      const invocation = invocationUnderWay();
      tell({ text: text.replace(/\n$/, ""), invocation, sdk: undefined });
      done();
    },
  });
  globalThis.console = new Console({ stdout: messages, stderr: messages });

  const lowest = rankOf(process.env.RESTATE_LOGGING?.toLowerCase() || "info");
  return ({ source, level, replaying, context }, words, ...more) => {
    const isOwn = source === "USER";
    // Messages about attempts are always passed on, no matter what level the agents' own log has.
    if (replaying || rankOf(level) < (isOwn ? lowest : Math.min(lowest, rankOf("info")))) return;
    const { invocationTarget: target, invocationId: invocation } = context ?? {};
    const where = context === undefined ? "" : `[${target}][${invocation}]`;
    const head = `[restate][${new Date().toISOString()}]${where} ${level.toUpperCase()}:`;
    const sdk = { level, words: String(words), target, error: readError(more[0]) };
    tell({ text: format(head, words, ...more), invocation, sdk: isOwn ? undefined : sdk });
  };
}

function readError(thrown: unknown): SdkMessage["error"] {
  if (!(thrown instanceof Error)) return undefined;
  return { message: thrown.message, permanently: thrown instanceof TerminalError };
}
