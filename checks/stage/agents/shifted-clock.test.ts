import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const day = 24 * 60 * 60 * 1000;
const code = `
import { followClock } from ${JSON.stringify(pathToFileURL(`${import.meta.dirname}/shifted-clock.ts`).href)};
followClock();
process.on("message", () => {
  class Later extends Date {}
  const ways = {
    "Date.now()": Date.now(),
    "new Date()": new Date().getTime(),
    "Date()": Date.parse(Date()),
    "a subclass of Date": new Later().getTime(),
    "Temporal.Now.instant()": Temporal.Now.instant().epochMilliseconds,
    "Temporal.Now.zonedDateTimeISO()": Temporal.Now.zonedDateTimeISO("Asia/Tokyo").epochMilliseconds,
  };
  const kept = new Date(0).getTime() + Date.UTC(1970, 0) + new Date("1970-01-01").getTime();
  console.log(JSON.stringify({ ways, kept, isDate: new Date() instanceof Date }));
  process.disconnect();
});`;

test("each way to read the clock shows the time that was set", async () => {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  child.send({ clock: { behind: 3 * day }, nth: 1 });
  const before = Date.now();
  const { ways, kept, isDate } = JSON.parse(
    await text(child.stdout as NonNullable<typeof child.stdout>),
  );
  expect({ kept, isDate }).toEqual({ kept: 0, isDate: true });
  for (const [way, time] of Object.entries<number>(ways)) {
    // Date() has no milliseconds.
    expect(time, way).toBeGreaterThan(before - 3 * day - 2_000);
    expect(time, way).toBeLessThan(Date.now() - 2 * day);
  }
});
