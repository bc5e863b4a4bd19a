// Preloaded into an agent's process: its clock is so many milliseconds behind. A timer that the agent
// asks Restate for is computed from this clock, so three hours can be over in seconds. Once told when
// they are over, the clock is right from then on, as if they had passed.
import type { Request } from "./serve.ts";

const behind = Number(process.env.WORKSHOP_CLOCK_BEHIND);
const now = Date.now.bind(Date);
let rightFrom = Number.POSITIVE_INFINITY;

process.on("message", (request: Request) => {
  if (request !== "ping") rightFrom = request.clockRightFrom;
});

function shifted(): number {
  const time = now();
  return time < rightFrom ? time - behind : time;
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
