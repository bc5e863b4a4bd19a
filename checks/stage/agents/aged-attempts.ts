import { Transform } from "node:stream";
import { MessageReader, messageTypes, numberField, writeMessage } from "./messages.ts";

// What an attempt is told in place of the truth: far more than any sensible limit.
const failedBefore = 1000;
const overMilliseconds = 24 * 3_600_000;

// Fields 7 and 8 of Start are the attempts and the milliseconds since a step was last stored. Of two
// values of a field, the later one holds.
const history = Buffer.concat([numberField(7, failedBefore), numberField(8, overMilliseconds)]);

/**
 * Passes what Restate sends with an attempt on to the agents, but for what it says of earlier
 * attempts: a thousand have failed, over a day. A step with a limit has reached it then.
 */
export function ageAttempt(): Transform {
  const reader = new MessageReader();
  let held: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(piece: Buffer, _, done) {
      if (held === undefined) {
        done(null, piece);
        return;
      }
      held = Buffer.concat([held, piece]);
      const [first] = reader.read(piece);
      if (first === undefined) {
        done();
        return;
      }
      const rest = held.subarray(writeMessage(first).length);
      const whole = held;
      held = undefined;
      if (first.type !== messageTypes.start) {
        done(null, whole);
        return;
      }
      const start = writeMessage({ ...first, body: Buffer.concat([first.body, history]) });
      done(null, Buffer.concat([start, rest]));
    },
    flush(done) {
      done(null, held);
    },
  });
}
