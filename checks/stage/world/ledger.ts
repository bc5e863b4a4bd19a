/** What kind of effect a call to the world has. */
export type Effect =
  | "weather"
  | "review"
  | "analysis"
  | "reservation"
  | "confirmation"
  | "cancellation"
  | "email"
  | "notification"
  | "opening"
  | "file"
  | "closing";

/** One effect that an agent had on the world, as the world saw it. */
export interface Entry {
  /** 1 for the first effect since the world started or the ledger was last cleared. */
  number: number;
  effect: Effect;
  /** The city, the analysis, the booking id, the user, the branch: what the effect was on. */
  subject: string;
  /** What a notification says, or the path of a file. */
  text?: string;
  idempotencyKey?: string;
  /** True if the idempotency key or the id was known: the call changed nothing. */
  repeated: boolean;
}

/** The effects that agents had on the world, in the order in which it saw them. */
export class Ledger {
  #entries: Entry[] = [];

  record(effect: Omit<Entry, "number">): Entry {
    const entry = { number: this.#entries.length + 1, ...effect };
    this.#entries.push(entry);
    return entry;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}
