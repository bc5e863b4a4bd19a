import { Transform } from "node:stream";
import { type Message, MessageReader, messageTypes, readNumber } from "./messages.ts";

// Fields of the messages: when a sleep is over, and its id, which the message about its end repeats.
const overAtField = 1;
const idOfSleep = 11;
const idOfEnd = 1;

/** Follows the timers of one attempt, in the messages between Restate and the agent. */
export interface TimersOfAttempt {
  /** Reads what the agent sends. */
  note(piece: Buffer): void;
  /** Passes on what Restate sends. It holds back the end of a timer until `tell` resolves. */
  readonly toAgent: Transform;
}

/** @param tell receives when a timer was due, in ms since 1970, before the agent learns that it is over */
export function followTimers(tell: (overAt: number) => Promise<void>): TimersOfAttempt {
  const overAt = new Map<number | undefined, number>();
  const noteSleeps = (messages: Message[]) => {
    for (const message of messages.filter(({ type }) => type === messageTypes.sleep)) {
      overAt.set(readNumber(message, idOfSleep), readNumber(message, overAtField) ?? 0);
    }
  };
  const [sent, received] = [new MessageReader(), new MessageReader()];
  return {
    note: (piece) => noteSleeps(sent.read(piece)),
    toAgent: new Transform({
      transform(piece: Buffer, _, done) {
        const messages = received.read(piece);
        // On a replay, Restate also sends the timers that earlier attempts set.
        noteSleeps(messages);
        const rung = messages
          .filter(({ type }) => type === messageTypes.sleepIsOver)
          .map((message) => overAt.get(readNumber(message, idOfEnd)) ?? 0);
        if (rung.length === 0) done(null, piece);
        else tell(Math.max(...rung)).then(() => done(null, piece));
      },
    }),
  };
}
