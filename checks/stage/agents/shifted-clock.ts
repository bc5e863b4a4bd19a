import type { Message, Request } from "./role.ts";

/**
 * Lets this process's clock be so many milliseconds behind. A timer that an agent asks Restate for is
 * computed from this clock, so three hours can be over in seconds. When a timer has rung, the clock is
 * put forward to when it was over, as if that time had passed.
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
