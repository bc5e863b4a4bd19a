// Preloaded into an agent's process: its clock is so many milliseconds behind. A timer that the agent
// asks Restate for is computed from this clock, so three hours can be over in seconds. When a timer has
// rung, the clock is put forward to when it was over, as if that time had passed.
import type { Message, Request } from "./serve.ts";

let behind = Number(process.env.WORKSHOP_CLOCK_BEHIND);
const now = Date.now.bind(Date);

process.on("message", (request: Request) => {
  if (request === "ping") return;
  behind = Math.max(0, Math.min(behind, now() - request.clockAt));
  process.send?.({ clockAt: request.clockAt } satisfies Message);
});

function shifted(): number {
  return now() - behind;
}

globalThis.Date = class extends Date {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(shifted());
    else super(...parts);
  }

  static override now(): number {
    return shifted();
  }
} as DateConstructor;
