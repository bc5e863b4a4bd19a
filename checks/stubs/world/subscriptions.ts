import { z } from "zod";

/** What a user wants to read each day, and at what time. */
export const Subscription = z.object({
  about: z.string(),
  hour: z.int().min(0).max(23),
  minute: z.int().min(0).max(59),
  timeZone: z.string().refine(isTimeZone, "There is no such time zone."),
});
export type Subscription = z.infer<typeof Subscription>;

/**
 * The first time after a moment at which clocks in the time zone show a subscription's hour and minute. Both
 * are in milliseconds since 1970. A time that a change of clocks skips is an hour later on that day. One that
 * comes twice is the first of the two.
 */
export function nextTime(after: number, { hour, minute, timeZone }: Subscription): number {
  const today = Temporal.Instant.fromEpochMilliseconds(after)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  const timeOn = (day: Temporal.PlainDate) =>
    day.toZonedDateTime({ timeZone, plainTime: { hour, minute } }).epochMilliseconds;
  const time = timeOn(today);
  return time > after ? time : timeOn(today.add({ days: 1 }));
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
