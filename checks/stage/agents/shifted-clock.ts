// Preloaded into an agent's process: its clock is so many milliseconds behind. A timer that the agent
// asks Restate for is computed from this clock, so three hours can be over in seconds.
const behind = Number(process.env.WORKSHOP_CLOCK_BEHIND);
const now = Date.now.bind(Date);

globalThis.Date = class extends Date {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(now() - behind);
    else super(...parts);
  }

  static override now(): number {
    return now() - behind;
  }
} as DateConstructor;
