// What happens in a run, as types for all code that stages, reports or draws it. This file imports nothing.

/** A process on a stage: the checked agent's, or the one for the services that it calls. */
export type Part = "agent" | "child";

/** What an agent can call: the model, or one kind of thing in the world. */
export type Service =
  | "model"
  | "weather"
  | "review"
  | "analysis"
  | "booking"
  | "email"
  | "push"
  | "repo";

/** A method and an address outside the workshop, without ids: `GET api.weather.example/#` */
export type Address = `${string} ${string}`;

/**
 * A step in one attempt, as the messages between the agent and Restate show it: its code runs, the agent
 * has sent its result, Restate has stored the result, or the attempt ended before one of these.
 */
export interface OpenStep {
  state: "open" | "proposed" | "kept" | "cut";
}

/** A call that an agent made to the model or the world. */
export interface Call {
  readonly service: Service | Address;
  readonly by: Part;
  /** The invocation that makes it; undefined if the agents' calls do not name it. */
  readonly invocation: string | undefined;
  /** The run that it belongs to: that invocation or its caller. Set before a failure can strike the call. */
  run: string | undefined;
  /**
   * The steps of that invocation that were open during the call: it was made in one of them. None: it was
   * made outside any step.
   */
  steps: readonly OpenStep[];
  /** 1 for the first call to this service since the boundary was last reset. */
  readonly nth: number;
  /** What the call is about: the city, the analysis, what is done with a branch; empty for the model. */
  readonly subject: string;
  /** The whole request, the same for the same question; empty until it has arrived. */
  asked: string;
  /** Under way, cut because its caller was killed or stopped waiting, or the answer's HTTP status. */
  outcome: "under way" | "cut" | number;
  /** Whether a failure holds it, before or after its effect. */
  held: boolean;
  /** The body of the answer; empty until there is one. */
  answer: string;
}

/** An attempt of an invocation, as Restate announces it. */
export interface Attempt {
  invocation: string;
  /** The id of the trace that its spans must join; missing if the server exports no traces. */
  trace?: string;
}

/** What happens on a stage. */
export type Happening =
  /** A call to the model or the world arrives, has arrived in full, is held, or ends. */
  | { kind: "call"; call: Call }
  /** Restate begins an attempt of an invocation. */
  | ({ kind: "attempt" } & Attempt)
  | { kind: `${Part | "server"} ${"killed" | "restarted"}` }
  | { kind: "reviewer approves" | "reviewer denies" | "invocation cancelled" }
  | { kind: "agent ended itself"; how: string };

/** Something that happened on a stage, and when, in milliseconds since 1970. */
export type StageEvent = Happening & { at: number };

/** A step that the agent ran with `ctx.run`. */
export interface JournalledStep {
  name: string;
  /** Its result or failure, as text, and when Restate journalled it, in milliseconds since 1970. */
  kept?: { result: string; failed: boolean; at: number };
}

/** An entry of a journal, as Restate shows it. */
export interface JournalEntry {
  index: number;
  /** `Command: Run`, `Notification: Run` */
  type: string;
  /** Its JSON. Payloads in it are arrays of bytes. */
  content: unknown;
}

/** An invocation on a stage. */
export interface Invoked {
  id: string;
  /** The handler's name if a check called it, the service's name if the agent did. */
  name: string;
  steps: readonly JournalledStep[];
}
