import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ageAttempt } from "./aged-attempts.ts";

/** A message of Restate's service protocol. */
function message(type: number, body: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(3, 2);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, Buffer.from(body)]);
}

const sent = Buffer.concat([message(0, "start"), message(0x0400, "input"), message(7, "")]);
// Field 7 is 1000, field 8 is 86,400,000.
const history = Buffer.from("38e8074080b89929", "hex").toString("latin1");

test.each([1, 3, 9, 1000])(
  "adds to the first message alone, in pieces of %i bytes",
  async (size) => {
    const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, nth) =>
      sent.subarray(nth * size, (nth + 1) * size),
    );
    const passed = await buffer(Readable.from(pieces).pipe(ageAttempt()));
    const first = message(0, "start");
    first.writeUInt32BE("start".length + history.length, 4);
    const expected = [first, Buffer.from(history, "latin1"), sent.subarray(first.length)];
    expect(passed).toEqual(Buffer.concat(expected));
  },
);

test("passes on what is no attempt, or is cut short", async () => {
  for (const other of [message(0x0400, "input"), Buffer.from("short")]) {
    expect(await text(Readable.from([other]).pipe(ageAttempt()))).toBe(other.toString());
  }
});
