import type { Message, Request } from "./role.ts";

/**
 * Lets the process that started this one set its clock back, and forward again. The end of a timer that an
 * agent sets in Restate is computed from this clock, so three hours can be over in seconds. When a timer has
 * ended, the clock goes forward to the time when it was due, as if that time had passed.
 */
export function followClock(): void {
  let behind: number | undefined;
  const now = Date.now.bind(Date);
  process.on("message", (request: Request) => {
    if (typeof request !== "object" || !("clock" in request)) return;
    const { clock, nth } = request;
    // A clock that nobody sets back stays JavaScript's own.
    if (behind === undefined) shiftClock(() => now() - (behind ?? 0));
    behind =
      "behind" in clock ? clock.behind : Math.max(0, Math.min(behind ?? 0, now() - clock.at));
    process.send?.({ clockSet: nth } satisfies Message);
  });
}

function shiftClock(time: () => number): void {
  globalThis.Date = new Proxy(Date, {
    construct: (date, parts, called) =>
      Reflect.construct(date, parts.length === 0 ? [time()] : parts, called),
    apply: (date) => new date(time()).toString(),
    get: (date, name) => (name === "now" ? time : Reflect.get(date, name)),
  });
  const { Now } = Temporal;
  const instant = () => Temporal.Instant.fromEpochMilliseconds(time());
  const zoned = (timeZone: string | Temporal.ZonedDateTime = Now.timeZoneId()) =>
    instant().toZonedDateTimeISO(timeZone);
  Now.instant = instant;
  Now.zonedDateTimeISO = zoned;
  Now.plainDateTimeISO = (timeZone) => zoned(timeZone).toPlainDateTime();
  Now.plainDateISO = (timeZone) => zoned(timeZone).toPlainDate();
  Now.plainTimeISO = (timeZone) => zoned(timeZone).toPlainTime();
}
