import type { Call } from "../stage/boundary.ts";
import type { JournalledStep } from "../stage/restate/admin.ts";
import type { StageEvent } from "../stage/stage.ts";

// A timeline of endless retries shows how it begins and how it ends.
const head = 14;
const tail = 6;

/** What happened in a run, in order, a line each: milliseconds from the first event, and what. */
export function renderTimeline(
  events: readonly StageEvent[],
  steps: readonly JournalledStep[],
): string[] {
  const moments = [...momentsOf(events, steps)].sort((a, b) => a.at - b.at);
  const zero = moments[0]?.at ?? 0;
  const lines = moments.map(
    ({ at, what }) => `${String(Math.round(at - zero)).padStart(6)}  ${what}`,
  );
  const left = lines.length - head - tail;
  if (left <= 1) return lines;
  return [...lines.slice(0, head), `        … ${left} more`, ...lines.slice(-tail)];
}

interface Moment {
  at: number;
  what: string;
}

function* momentsOf(
  events: readonly StageEvent[],
  steps: readonly JournalledStep[],
): Generator<Moment> {
  const kept = steps.flatMap(({ name, kept }) => (kept ? [{ name, ...kept }] : []));
  for (const { name, failed, at } of kept) {
    yield { at, what: `the journal keeps ${failed ? "the failure of " : ""}"${name}"` };
  }

  const seen = new Set<Call>();
  let attempts = 0;
  for (const event of events) {
    const { at } = event;
    switch (event.kind) {
      case "call":
        if (!seen.has(event.call)) yield { at, what: tellCall(event.call) };
        seen.add(event.call);
        break;
      case "attempt": {
        attempts += 1;
        const replayed = kept.filter((step) => step.at <= at).length;
        const again = `attempt ${attempts}, replays ${replayed} step${replayed === 1 ? "" : "s"}`;
        yield { at, what: attempts === 1 ? "attempt 1" : again };
        break;
      }
      case "agent ended itself":
        yield { at, what: `the agent's process is gone: ${event.how}` };
        break;
      default:
        yield { at, what: event.kind };
    }
  }
}

function tellCall({ service, nth, subject, outcome, answer }: Call): string {
  const what = `${service} call ${nth}${subject === "" ? "" : `, ${subject}`}`;
  if (outcome === "under way") return `${what}: no answer yet`;
  if (outcome === "cut") return `${what}: cut${answer === "" ? "" : " after its effect"}`;
  return outcome < 400 ? `${what}: answered` : `${what}: refused with ${outcome}`;
}
