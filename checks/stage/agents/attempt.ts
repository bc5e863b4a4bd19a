import type { OpenStep } from "../events.ts";
import { awakeablesIn, rawIdIn } from "./awakeables.ts";
import { isCommand, type Message, MessageReader, messageTypes, readNumber } from "./messages.ts";

/** A message that an agent sends to Restate. Its place in the run is the same in every run. */
export interface Sent {
  invocation: string;
  /** The handler that sends it: `WeatherAgent/run` */
  target: string;
  /** What it is: `step`, `result of step`, `answer` */
  kind: string;
  /** Which message of its kind in the invocation, over all attempts, from 1. */
  nth: number;
  entry: Entry;
}

/** A message, and what it is, if that is known. */
export interface SentMessage {
  message: Message;
  sent: Sent | undefined;
}

/** Where Restate shows that it has a message: a command, counted from 1, a step's result, or the end. */
export type Entry = { command: number } | { result: number } | "end";

// Commands by their type, in words. Two ways to read state are one kind: Restate decides which one it is.
const commands = new Map([
  [0x0401, "answer"],
  [0x0402, "read of state"],
  [0x0403, "write of state"],
  [0x0404, "removal of state"],
  [0x0405, "removal of state"],
  [0x0406, "read of state"],
  [0x0407, "read of state"],
  [0x0408, "read of state"],
  [0x0409, "wait for a promise"],
  [0x040a, "look at a promise"],
  [0x040b, "answer to a promise"],
  [0x040c, "timer"],
  [0x040d, "call"],
  [0x040e, "send"],
  [0x0410, "signal"],
  [0x0411, "step"],
  [0x0412, "attach"],
  [0x0413, "read of an output"],
  [0x0414, "answer to an awakeable"],
]);

// How many entries of the journal Restate sends at first, in the message that starts an attempt.
const knownEntries = 3;
// A step's id, in the command that begins it, and in the messages about its result.
const idOfRun = 11;
const idOfResult = 1;

let attempts = 0;

/** Follows the messages of one attempt, and knows which of its steps are open. */
export class Attempt {
  readonly invocation: string;
  /** Its number among all attempts. */
  readonly number: string;
  /** Resolves when the agent may hear from Restate. */
  answersMayPass = Promise.resolve();
  readonly #target: string;
  readonly #received = new MessageReader();
  readonly #sent = new MessageReader();
  /** The invocation's steps by their ids. A step that runs again replaces what it was in an earlier attempt. */
  readonly #steps: Map<number, OpenStep>;
  /** The steps that this attempt runs. */
  readonly #own: OpenStep[] = [];
  readonly #places = new Map<number, number>();
  readonly #counts = new Map<string, number>();
  #untaken: SentMessage[] = [];
  #commands = 0;
  #toReplay = 0;
  /** The steps in the part of the journal that was replayed so far which have no result there. */
  readonly #withoutResult = new Set<number>();
  #isOver = false;
  #endsItself = false;
  #rawId: Buffer = Buffer.alloc(0);
  readonly #onAwaits: (awakeable: string) => void;

  /** @param onAwaits called with the id of each awakeable that the attempt says it waits for */
  constructor(
    invocation: string,
    target: string,
    earlier: Attempt | undefined,
    onAwaits: (awakeable: string) => void,
  ) {
    attempts += 1;
    this.number = String(attempts);
    this.invocation = invocation;
    this.#target = target;
    this.#onAwaits = onAwaits;
    this.#steps = earlier === undefined ? new Map() : earlier.#steps;
  }

  /**
   * The steps whose code runs now, or ran when the attempt was cut. The code of a cut attempt continues for
   * a moment, and may open a step of which nobody hears.
   */
  get stepsUnderWay(): OpenStep[] {
    const known = this.#own.filter(({ state }) => state === "open" || state === "cut");
    return this.#isOver && !this.#endsItself ? [...known, { state: "cut" }] : known;
  }

  /** Whether its invocation has sent something to a handler, which may begin later. */
  get hasSent(): boolean {
    return this.#counts.has("send");
  }

  /** Reads a piece of what Restate sends. It begins with the journal that earlier attempts have left. */
  receive(piece: Buffer): void {
    for (const message of this.#received.read(piece)) {
      if (message.type === messageTypes.start) {
        this.#rawId = rawIdIn(message);
        this.#toReplay = readNumber(message, knownEntries) ?? 0;
        continue;
      }
      const { step } = isCommand(message) ? this.#note(message) : {};
      if (step !== undefined) this.#withoutResult.add(step);
      if (message.type === messageTypes.runIsOver || message.type === messageTypes.proposalTaken) {
        this.#keep(readNumber(message, idOfResult));
      }
      if (this.#toReplay === 0) continue;
      this.#toReplay -= 1;
      if (this.#toReplay === 0) for (const id of this.#withoutResult) this.#open(id);
    }
  }

  /** Reads a piece of what the agent sends. */
  send(piece: Buffer): void {
    for (const message of this.#sent.read(piece)) {
      this.#untaken.push({ message, sent: this.#describe(message) });
      for (const awakeable of awakeablesIn(message, this.#rawId)) this.#onAwaits(awakeable);
    }
  }

  /** Takes the messages that the agent has sent since they were last taken. */
  takeSent(): SentMessage[] {
    return this.#untaken.splice(0);
  }

  /** Called when the attempt has ended. Whether Restate has a proposed result is shown by the next one. */
  end(): void {
    this.#isOver = true;
    for (const step of this.#own) if (step.state === "open") step.state = "cut";
  }

  #describe(message: Message): Sent | undefined {
    const { invocation } = this;
    const target = this.#target;
    if (isCommand(message)) {
      const { kind, nth, step } = this.#note(message);
      if (step !== undefined) this.#open(step);
      return { invocation, target, kind, nth, entry: { command: this.#commands } };
    }
    if (message.type === messageTypes.proposal) {
      const id = readNumber(message, idOfResult) ?? 0;
      const step = this.#steps.get(id);
      if (step?.state === "open" && this.#own.includes(step)) step.state = "proposed";
      const nth = this.#places.get(id);
      if (nth === undefined) return undefined;
      return { invocation, target, kind: "result of step", nth, entry: { result: id } };
    }
    const { suspension, error, end } = messageTypes;
    if ([suspension, error, end].some((type) => type === message.type)) this.#endsItself = true;
    if (message.type !== end) return undefined;
    return { invocation, target, kind: "end", nth: 1, entry: "end" };
  }

  /** Counts a command; returns its place and, if it begins a step, the step's id. */
  #note(command: Message): { kind: string; nth: number; step: number | undefined } {
    this.#commands += 1;
    const kind = commands.get(command.type) ?? `command ${command.type}`;
    const nth = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, nth);
    const step = command.type === messageTypes.run ? readNumber(command, idOfRun) : undefined;
    if (step !== undefined) this.#places.set(step, nth);
    return { kind, nth, step };
  }

  #open(id: number): void {
    if (this.#isOver) {
      // The message has met nobody, and a later attempt may already run the step.
      this.#own.push({ state: "cut" });
      return;
    }
    const earlier = this.#steps.get(id);
    if (earlier !== undefined && earlier.state !== "kept") earlier.state = "cut";
    const step: OpenStep = { state: "open" };
    this.#steps.set(id, step);
    this.#own.push(step);
  }

  #keep(id: number | undefined): void {
    if (id === undefined) return;
    this.#withoutResult.delete(id);
    const step = this.#steps.get(id);
    if (step) step.state = "kept";
  }
}
