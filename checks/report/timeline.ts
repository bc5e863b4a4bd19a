import type { Call, Invoked, StageEvent } from "../stage/events.ts";

// A timeline of endless retries shows how it begins and how it ends.
const head = 14;
const tail = 6;

/** What happened in a run, in order, a line each: milliseconds from the first event, and what. */
export function renderTimeline(
  events: readonly StageEvent[],
  invoked: readonly Invoked[],
): string[] {
  const moments = [...momentsOf(events, invoked)].sort((a, b) => a.at - b.at);
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

function* momentsOf(events: readonly StageEvent[], invoked: readonly Invoked[]): Generator<Moment> {
  const named = nameInvocations(invoked);
  for (const { name, kept } of invoked.flatMap(({ steps }) => steps)) {
    if (kept === undefined) continue;
    yield {
      at: kept.at,
      what: `the journal keeps ${kept.failed ? "the failure of " : ""}"${name}"`,
    };
  }

  const seen = new Set<Call>();
  const attempts = new Map<string, number>();
  for (const event of events) {
    const { at } = event;
    switch (event.kind) {
      case "call":
        if (!seen.has(event.call)) yield { at, what: tellCall(event.call) };
        seen.add(event.call);
        break;
      case "attempt": {
        const { invocation } = event;
        const nth = (attempts.get(invocation) ?? 0) + 1;
        attempts.set(invocation, nth);
        const steps = invoked.find(({ id }) => id === invocation)?.steps ?? [];
        const replayed = steps.filter(({ kept }) => kept && kept.at <= at).length;
        const again = `, replays ${replayed} step${replayed === 1 ? "" : "s"}`;
        const name = named.get(invocation) ?? "";
        yield { at, what: `${name}attempt ${nth}${nth === 1 ? "" : again}` };
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

/** How to tell several from each other: `message 2, `; a single one needs no name. */
function nameInvocations(invoked: readonly Invoked[]): Map<string, string> {
  if (invoked.length < 2) return new Map();
  return new Map(
    invoked.map(({ id, name }, place) => {
      const nth = invoked.slice(0, place + 1).filter((each) => each.name === name).length;
      return [id, `${name} ${nth}, `];
    }),
  );
}

function tellCall({ service, nth, subject, outcome, answer }: Call): string {
  const what = `${service} call ${nth}${subject === "" ? "" : `, ${subject}`}`;
  if (outcome === "under way") return `${what}: no answer yet`;
  if (outcome === "cut") return `${what}: cut${answer === "" ? "" : " after its effect"}`;
  return outcome < 400 ? `${what}: answered` : `${what}: refused with ${outcome}`;
}
