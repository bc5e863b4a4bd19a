import { type Message, messageTypes, readBytes, readMessages, readNumbers } from "./messages.ts";

// Lower numbers are Restate's own signals, such as a cancellation.
const firstAwakeable = 17;

/**
 * The awakeables that an invocation waits for, as it says when it suspends, and since version 7 of the
 * protocol when it awaits.
 *
 * @param rawId the invocation's id as bytes, from the message that starts an attempt
 */
export function awakeablesIn({ type, body }: Message, rawId: Buffer): string[] {
  return signalsIn(type, body)
    .filter((signal) => signal >= firstAwakeable)
    .map((signal) => awakeableId(rawId, signal));
}

function signalsIn(type: number, body: Buffer): number[] {
  if (type === messageTypes.awaitingOn) return readMessages(body, 1).flatMap(signalsOf);
  if (type !== messageTypes.suspension) return [];
  // Up to version 6 it lists them itself. Since version 7 it has a future, which may consist of others.
  return [...readNumbers(body, 2), ...readMessages(body, 4).flatMap(signalsOf)];
}

function signalsOf(future: Buffer): number[] {
  return [...readNumbers(future, 2), ...readMessages(future, 4).flatMap(signalsOf)];
}

/** An awakeable's id consists of the invocation's id and the signal's number. */
function awakeableId(rawId: Buffer, signal: number): string {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(signal);
  return `sign_1${Buffer.concat([rawId, number]).toString("base64url")}`;
}

/** The invocation's id as bytes, in the message that starts an attempt. */
export function rawIdIn({ body }: Message): Buffer {
  return readBytes(body, 1) ?? Buffer.alloc(0);
}
