// What happens in a run, in the words of everything that stages, tells or draws it. It imports nothing.

/** A process on a stage: the checked agent's, or that of the services it calls. */
export type Part = "agent" | "child";

/** What an agent can call: the model, or one kind of thing in the world. */
export type Service = "model" | "weather" | "review" | "analysis" | "booking" | "email";

/** A call that an agent made to the model or the world. */
export interface Call {
  readonly service: Service;
  readonly by: Part;
  /** The invocation that makes it, where agents are served such that their calls name it. */
  readonly invocation: string | undefined;
  /** The run that it is part of, that invocation or the one that has called it; known before it goes on. */
  run: string | undefined;
  /** 1 for the first call to this service since the boundary was last reset. */
  readonly nth: number;
  /** What the call is about: the city, the analysis; empty for the model. */
  readonly subject: string;
  /** All that was sent, the same for the same question; empty until it has arrived. */
  asked: string;
  /** Whether it is on its way, was cut by a kill, or with which HTTP status it was answered. */
  outcome: "under way" | "cut" | number;
  /** Whether a failure holds it, before its effect or after. */
  held: boolean;
  /** The body of the answer; empty until there is one. */
  answer: string;
}

/** An attempt of an invocation, as Restate announces it. */
export interface Attempt {
  invocation: string;
  /** The id of the trace that its spans are to join; a server that exports no traces names none. */
  trace?: string;
}

/** What happens on a stage. */
export type Happening =
  /** A call to the model or the world arrives, has arrived in full, is held, or ended. */
  | { kind: "call"; call: Call }
  /** Restate begins an attempt of an invocation. */
  | ({ kind: "attempt" } & Attempt)
  | { kind: `${Part | "server"} ${"killed" | "restarted"}` }
  | { kind: "reviewer approves" | "reviewer denies" | "invocation cancelled" }
  | { kind: "agent ended itself"; how: string };

/** Something that happened on a stage, and when, in milliseconds since 1970. */
export type StageEvent = Happening & { at: number };

/** A step that was run with `ctx.run`. */
export interface JournalledStep {
  name: string;
  /** Its result, or its failure, as text, and when it was journalled, in milliseconds since 1970. */
  kept?: { result: string; failed: boolean; at: number };
}

/** An entry of a journal, as Restate shows it. */
export interface JournalEntry {
  index: number;
  /** `Command: Run`, `Notification: Run` */
  type: string;
  /** Its JSON, in which payloads are arrays of bytes. */
  content: unknown;
}

/** Something that was invoked on a stage. */
export interface Invoked {
  id: string;
  /** Of the handler that a check has called, or the service that the agent has. */
  name: string;
  steps: readonly JournalledStep[];
}
