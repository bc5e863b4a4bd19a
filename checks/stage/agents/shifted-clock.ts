import type { Message, Request } from "./role.ts";

/**
 * Sets this process's clock back by this many milliseconds. The end of a timer that an agent sets in
 * Restate is computed from this clock, so three hours can be over in seconds. When a timer has ended,
 * the clock goes forward to the time when it was due, as if that time had passed.
 */
export function shiftClock(milliseconds: number): void {
  let behind = milliseconds;
  const now = Date.now.bind(Date);
  const shifted = () => now() - behind;

  process.on("message", (request: Request) => {
    if (typeof request !== "object" || !("clockAt" in request)) return;
    behind = Math.max(0, Math.min(behind, now() - request.clockAt));
    process.send?.({ clockAt: request.clockAt } satisfies Message);
  });

  globalThis.Date = class extends Date {
    constructor(...parts: [] | [number | string | Date]) {
      if (parts.length === 0) super(shifted());
      else super(...parts);
    }

    static override now(): number {
      return shifted();
    }
  } as DateConstructor;
}
