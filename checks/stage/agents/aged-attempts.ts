import { Transform } from "node:stream";

// What an attempt is told in place of the truth: far more than any sensible limit.
const failedBefore = 1000;
const overMilliseconds = 24 * 3_600_000;

// Restate's service protocol, versions 5 to 7: a message is 16 bits of type, 16 of flags and 32 of
// length, then protobuf. The first is Start, whose fields 7 and 8 are the attempts and the
// milliseconds since a step was last stored.
const headerLength = 8;
const startType = 0;
const history = Buffer.concat([numberField(7, failedBefore), numberField(8, overMilliseconds)]);

/**
 * Passes what Restate sends with an attempt on to the agents, but for what it says of earlier
 * attempts: a thousand have failed, over a day. A step with a limit has reached it then.
 */
export function ageAttempt(): Transform {
  let start: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (start === undefined) {
        done(null, chunk);
        return;
      }
      start = Buffer.concat([start, chunk]);
      const end = start.length < headerLength ? Number.NaN : headerLength + start.readUInt32BE(4);
      if (!(start.length >= end)) {
        done();
        return;
      }
      const whole = start;
      start = undefined;
      done(null, whole.readUInt16BE(0) === startType ? withHistory(whole, end) : whole);
    },
    flush(done) {
      done(null, start);
    },
  });
}

/** Of two values of a field, the later one holds. */
function withHistory(bytes: Buffer, end: number): Buffer {
  const header = Buffer.from(bytes.subarray(0, headerLength));
  header.writeUInt32BE(end - headerLength + history.length, 4);
  return Buffer.concat([header, bytes.subarray(headerLength, end), history, bytes.subarray(end)]);
}

/** A field of protobuf that is a number, as a varint. */
function numberField(field: number, value: number): Buffer {
  const bytes = [field << 3];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
