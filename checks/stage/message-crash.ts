import type { Sent } from "./agents/attempt.ts";
import type { Tap } from "./agents/passing.ts";
import type { Part } from "./events.ts";
import type { Ground } from "./ground.ts";
import { placesOn } from "./places.ts";
import { hasEntry } from "./restate/journal.ts";
import { waitFor } from "./wait.ts";

/** A message of a run at which the agent is killed: before Restate has it, or once Restate has it. */
export interface MessagePoint {
  place: string;
  phase: "before" | "after";
}

/** A crash that was injected. */
export interface Crash {
  /** Whether its moment has not come yet. */
  readonly standing: boolean;
  /** Resolves when the kill is over; at once while its moment has not come. */
  settled(): Promise<void>;
}

// Milliseconds, far more than it takes on two busy cores.
const keptCap = 20_000;

/** Kills the process that sends a message, when it sends it, or when Restate is proved to have it. */
export function crashAtMessage(ground: Ground, { place, phase }: MessagePoint): Crash {
  const placeOf = placesOn(ground);
  let standing = true;
  let killed = Promise.resolve();
  const strikes = async (sent: Sent, now: MessagePoint["phase"]) =>
    standing && phase === now && (await placeOf(sent)) === place;
  const tapOf = (part: Part): Tap => ({
    get standing() {
      return standing;
    },
    before: async (sent) => {
      if (!(await strikes(sent, "before"))) return "pass";
      standing = false;
      ground.kill(part);
      return "cut";
    },
    after: async (sent) => {
      if (!(await strikes(sent, "after"))) return;
      standing = false;
      killed = waitFor(`${place}, in the journal`, keptCap, async () =>
        (await hasEntry(ground.server.adminUrl, sent.invocation, sent.entry)) ? true : undefined,
      ).then(() => ground.kill(part));
      await killed;
    },
  });
  ground.tapMessages(tapOf);
  return {
    get standing() {
      return standing;
    },
    settled: () => killed,
  };
}

/** The place of a message in a run. */
export interface Place {
  place: string;
  /** Whether an invocation has ended after it. Then a crash of its agent harms nothing. */
  isLast: boolean;
}

/** Writes down the place of each message that the agents send. */
export function recordPlaces(ground: Ground): readonly Place[] {
  const placeOf = placesOn(ground);
  const places: Place[] = [];
  ground.tapMessages(() => ({
    standing: false,
    before: async (sent) => {
      const place = await placeOf(sent);
      if (!places.some((known) => known.place === place)) {
        places.push({ place, isLast: sent.entry === "end" });
      }
      return "pass";
    },
    after: async () => {},
  }));
  return places;
}
