import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { messageTypes, numberField, writeMessage } from "./messages.ts";
import { followTimers } from "./rung-timers.ts";

const sleep = (id: number, overAt: number) =>
  writeMessage({
    type: messageTypes.sleep,
    flags: 0,
    body: Buffer.concat([numberField(1, overAt), numberField(11, id)]),
  });
const isOver = (id: number) =>
  writeMessage({ type: messageTypes.sleepIsOver, flags: 0, body: numberField(1, id) });
const other = writeMessage({ type: 0x0400, flags: 0, body: Buffer.from("input") });

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, nth) =>
    bytes.subarray(nth * size, (nth + 1) * size),
  );
}

test.each([1, 5, 1000])(
  "tells of each timer before its end passes, %i bytes a time",
  async (size) => {
    const told: number[] = [];
    const { note, toAgent } = followTimers(async (overAt) => {
      told.push(overAt);
    });
    // Timer 2 is already in the journal. This attempt sets 3 and 4, and 4 never ends.
    for (const piece of inPieces(Buffer.concat([sleep(3, 1_790_000_000_123), sleep(4, 5)]), size)) {
      note(piece);
    }
    const sent = Buffer.concat([other, sleep(2, 1_700_000_000_000), isOver(2), isOver(3)]);
    const passed = await buffer(Readable.from(inPieces(sent, size)).pipe(toAgent));
    expect(passed).toEqual(sent);
    expect(Math.max(...told)).toBe(1_790_000_000_123);
    expect(told).not.toContain(5);
  },
);

test("holds the end of a timer back until that is known", async () => {
  const known = Promise.withResolvers<void>();
  const { toAgent } = followTimers(() => known.promise);
  const passed = buffer(Readable.from([sleep(1, 7), isOver(1)]).pipe(toAgent));
  await expect(Promise.race([passed, Promise.resolve("held")])).resolves.toBe("held");
  known.resolve();
  expect(await passed).toEqual(Buffer.concat([sleep(1, 7), isOver(1)]));
});
