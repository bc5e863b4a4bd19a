import { Transform } from "node:stream";
import { MessageReader, messageTypes, numberField, writeMessage } from "./messages.ts";

// What an attempt is told instead of the truth: far more than any sensible limit.
const failedBefore = 1000;
const overMilliseconds = 24 * 3_600_000;

// Fields 7 and 8 of Start are the attempts and the milliseconds since a step was last stored. If a field
// has two values, the later one counts.
const history = Buffer.concat([numberField(7, failedBefore), numberField(8, overMilliseconds)]);

/**
 * Passes Restate's messages of an attempt to the agents, except what they say about earlier attempts. The
 * agents are told that a thousand have failed, over a day. So a step with a limit has reached it.
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
