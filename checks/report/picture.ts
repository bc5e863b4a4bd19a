import type { Call, Invoked, Part, StageEvent } from "../stage/events.ts";

/** What became of something in a run. */
export type Became = "done" | "failed" | "kept" | "replayed" | "waiting" | "undone";

/** Something that happened in a run: in whose lane, when, and what became of it. */
export interface Moment {
  /** The lane that it is in: `Process 1`, `Journal`, `weather`. */
  who: string;
  /** A few words for a box in a drawing. */
  what: string;
  became: Became;
  /** The start and the end: in milliseconds since 1970, or in columns of a drawing, from 1. */
  from: number;
  to: number;
}

/** A moment that was observed, with the words for its line in a timeline. */
export interface SeenMoment extends Moment {
  words: string;
}

/** A run in the form that everything draws or prints. Its moments have no particular order. */
export type Picture<Each extends Moment = Moment> = readonly Each[];

/** The lanes of a picture with their moments, in the order in which the lanes first appear. */
export function lanesOf<Each extends Moment>(
  picture: Picture<Each>,
): { who: string; moments: Each[] }[] {
  return [...new Set(picture.map(({ who }) => who))].map((who) => ({
    who,
    moments: picture.filter((moment) => moment.who === who),
  }));
}

/** The same picture with columns instead of times: one column for each time at which something begins. */
export function inColumns<Each extends Moment>(picture: Picture<Each>): Picture<Each> {
  const times = [...new Set(picture.map(({ from }) => from))].sort((a, b) => a - b);
  const columnOf = (time: number) => times.findLastIndex((each) => each <= time) + 1;
  return picture.map((moment) => ({
    ...moment,
    from: columnOf(moment.from),
    to: columnOf(moment.to),
  }));
}

/** A picture of what was observed on a stage, in milliseconds since 1970. */
export function pictureOf(
  events: readonly StageEvent[],
  invoked: readonly Invoked[],
): Picture<SeenMoment> {
  return [...keptIn(invoked), ...happened(events, invoked)];
}

function* keptIn(invoked: readonly Invoked[]): Generator<SeenMoment> {
  for (const { name, kept } of invoked.flatMap(({ steps }) => steps)) {
    if (kept === undefined) continue;
    const step = name === "" ? "a step without a name" : `"${name}"`;
    const what = `${kept.failed ? "the failure of " : ""}${step}`;
    yield {
      ...at(kept.at),
      who: "Journal",
      what,
      became: "kept",
      words: `the journal keeps ${what}`,
    };
  }
}

function* happened(
  events: readonly StageEvent[],
  invoked: readonly Invoked[],
): Generator<SeenMoment> {
  const named = nameInvocations(invoked);
  const seen = new Set<Call>();
  const attempts = new Map<string, number>();
  const restarts = { agent: 0, child: 0 };
  const process = (part: Part) =>
    `${part === "agent" ? "Process" : "Process of what is called"} ${restarts[part] + 1}`;
  for (const event of events) {
    const when = at(event.at);
    switch (event.kind) {
      case "call":
        if (!seen.has(event.call)) yield { ...when, ...momentOfCall(event.call) };
        seen.add(event.call);
        break;
      case "attempt": {
        const { invocation } = event;
        const nth = (attempts.get(invocation) ?? 0) + 1;
        attempts.set(invocation, nth);
        const steps = invoked.find(({ id }) => id === invocation)?.steps ?? [];
        const replayed = steps.filter(({ kept }) => kept && kept.at <= event.at).length;
        const again = `, replays ${replayed} step${replayed === 1 ? "" : "s"}`;
        const what = `${named.get(invocation) ?? ""}attempt ${nth}`;
        const words = `${what}${nth === 1 ? "" : again}`;
        const became = nth > 1 && replayed > 0 ? "replayed" : "done";
        yield { ...when, who: process("agent"), what, became, words };
        break;
      }
      case "agent ended itself": {
        const words = `the agent's process is gone: ${event.how}`;
        yield { ...when, who: process("agent"), what: "is gone", became: "failed", words };
        break;
      }
      case "agent restarted":
      case "child restarted":
        restarts[event.kind === "agent restarted" ? "agent" : "child"] += 1;
        yield { ...when, ...momentOfKind(event.kind, process) };
        break;
      default:
        yield { ...when, ...momentOfKind(event.kind, process) };
    }
  }
}

type PlainKind = Exclude<StageEvent["kind"], "call" | "attempt" | "agent ended itself">;

function momentOfKind(kind: PlainKind, process: (part: Part) => string) {
  const [subject = "", what = ""] = kind.split(" ");
  const who =
    subject === "agent" || subject === "child"
      ? process(subject)
      : ({ server: "Restate", reviewer: "Reviewer", invocation: "Caller" }[subject] ?? subject);
  const became = { killed: "failed", cancelled: "undone", denies: "undone" }[what] ?? "done";
  return { who, what, became: became as Became, words: kind };
}

function momentOfCall({ service, nth, subject, outcome, answer }: Call) {
  const what = `call ${nth}${subject === "" ? "" : `, ${subject}`}`;
  const [became, how]: [Became, string] =
    outcome === "under way"
      ? ["waiting", "no answer yet"]
      : outcome === "cut"
        ? ["failed", `connection lost${answer === "" ? "" : " after its effect"}`]
        : outcome < 400
          ? ["done", "answered"]
          : ["failed", `answered ${outcome}`];
  return { who: service, what, became, words: `${service} ${what}: ${how}` };
}

/** A prefix that tells several invocations apart, such as `message 2, `; none if there is only one. */
function nameInvocations(invoked: readonly Invoked[]): Map<string, string> {
  if (invoked.length < 2) return new Map();
  return new Map(
    invoked.map(({ id, name }, place) => {
      const nth = invoked.slice(0, place + 1).filter((each) => each.name === name).length;
      return [id, `${name} ${nth}, `];
    }),
  );
}

function at(time: number) {
  return { from: time, to: time };
}
