import type { Conversation, Reply } from "./conversation.ts";

const tool = "remindMe";
const day = 24 * 60 * 60 * 1000;
const lengths = { second: 1000, minute: 60_000, hour: 60 * 60_000, day };

// How people write a time into instructions: `2026-11-30T16:09:10.000Z`, `Mon, 30 Nov 2026 16:09:10 GMT`,
// `Mon Nov 30 2026 16:09:10 GMT+0000`, `11/30/2026, 4:09:10 PM`, or milliseconds since 1970.
const times = [
  /\d{4}-\d\d-\d\d(T| )\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/,
  /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/,
  /[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}/,
  /\d{1,2}\/\d{1,2}\/\d{4}, \d{1,2}:\d\d(:\d\d)? [AP]M/,
  /\b1\d{12}\b/,
];

/**
 * Sets the reminders that the prompt asks for, one for each time, then says what the tool answered. It knows
 * the time only from the request. If it cannot compute a time, it passes on the user's words.
 */
export function setReminder(conversation: Conversation): Reply | undefined {
  const { prompt, tools, results } = conversation;
  const [, when, text] = prompt.match(/remind me (.+?) to (.+?)[.!]?$/i) ?? [];
  if (!tools.includes(tool) || when === undefined || text === undefined) return undefined;
  const answers = results.filter((result) => result.tool === tool);
  const next = when.split(" and ")[answers.length];
  if (next === undefined) {
    return { text: `About "${text}": ${answers.map(({ output }) => output).join(" ")}` };
  }
  const at = timeOf(next, readTime(conversation));
  return { call: { tool, input: { at: at ?? next, text } } };
}

/** The time that a request tells the model, in milliseconds since 1970. */
function readTime({ instructions, prompt, said }: Conversation): number | undefined {
  const told = [instructions, prompt, ...said].join("\n");
  const [found] = times.flatMap((format) => told.match(format)?.[0] ?? []);
  if (found === undefined) return undefined;
  return /^\d{13}$/.test(found) ? Number(found) : Date.parse(found);
}

/** `tomorrow at 9`, `yesterday at 17:30` or `in 20 hours`, as an ISO date in UTC. */
function timeOf(when: string, now: number | undefined): string | undefined {
  if (now === undefined || Number.isNaN(now)) return undefined;
  const [, count, unit] = when.match(/^in (\d+) (second|minute|hour|day)s?$/i) ?? [];
  if (unit !== undefined) {
    return iso(now + Number(count) * lengths[unit.toLowerCase() as keyof typeof lengths]);
  }
  const [, which, hour, minute = "0"] =
    when.match(/^(yesterday|today|tomorrow) at (\d+)(?::(\d\d))?$/i) ?? [];
  if (which === undefined) return undefined;
  const midnight = Math.floor(now / day) * day + daysFromNow(which) * day;
  return iso(midnight + Number(hour) * lengths.hour + Number(minute) * lengths.minute);
}

function daysFromNow(which: string): number {
  return ["yesterday", "today", "tomorrow"].indexOf(which.toLowerCase()) - 1;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
