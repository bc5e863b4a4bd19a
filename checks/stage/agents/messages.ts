// Restate's service protocol, versions 5 to 7, as the SDK's shared core defines it: a message is 16 bits
// of type, 16 of flags and 32 of length, then protobuf.
const headerLength = 8;

/** The types of the messages that are read or changed here. */
export const messageTypes = {
  start: 0,
  suspension: 1,
  error: 2,
  end: 3,
  /** The agent sends a step's result. */
  proposal: 5,
  /** Since version 7: the agent waits, and may suspend later. */
  awaitingOn: 6,
  /** Restate has it, but does not send it back. */
  proposalTaken: 7,
  input: 0x0400,
  sleep: 0x040c,
  run: 0x0411,
  sleepIsOver: 0x800c,
  /** Restate has a step's result and sends it back. */
  runIsOver: 0x8011,
} as const;

/** Whether a message is a command. Restate keeps each command as an entry of the journal. */
export function isCommand({ type }: Message): boolean {
  return type >= 0x0400 && type < 0x8000;
}

/** A message between Restate and an agent. */
export interface Message {
  type: number;
  flags: number;
  /** Protobuf. */
  body: Buffer;
}

/** Splits a stream into messages, piece by piece. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that end in this piece of the stream. */
  read(piece: Buffer): Message[] {
    this.#rest = Buffer.concat([this.#rest, piece]);
    const messages: Message[] = [];
    while (this.#rest.length >= headerLength) {
      const end = headerLength + this.#rest.readUInt32BE(4);
      if (this.#rest.length < end) break;
      messages.push({
        type: this.#rest.readUInt16BE(0),
        flags: this.#rest.readUInt16BE(2),
        body: this.#rest.subarray(headerLength, end),
      });
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }
}

/** A message's bytes, with its header. */
export function writeMessage({ type, flags, body }: Message): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** A protobuf field with a number, as a varint. */
export function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A protobuf field with text, bytes or another message. */
export function bytesField(field: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

/** The last number that a message has in a field; undefined if it has none. */
export function readNumber({ body }: Message, field: number): number | undefined {
  return fieldsOf(body).findLast((each) => each.field === field && each.bytes === undefined)
    ?.number;
}

/** The first bytes, text or message that a message has in a field; undefined if it has none. */
export function readBytes(body: Buffer, field: number): Buffer | undefined {
  return fieldsOf(body).find((each) => each.field === field)?.bytes;
}

/** All numbers of a repeated field, packed or not. */
export function readNumbers(body: Buffer, field: number): number[] {
  const found = fieldsOf(body).filter((each) => each.field === field);
  return found.flatMap(({ number, bytes }) => (bytes === undefined ? [number] : unpack(bytes)));
}

/** All messages of a repeated field. */
export function readMessages(body: Buffer, field: number): Buffer[] {
  const found = fieldsOf(body).filter((each) => each.field === field);
  return found.flatMap(({ bytes }) => bytes ?? []);
}

interface Field {
  field: number;
  number: number;
  /** Undefined if its value is a number. */
  bytes: Buffer | undefined;
}

function fieldsOf(body: Buffer): Field[] {
  const fields: Field[] = [];
  const numbers = new Numbers(body);
  while (numbers.left) {
    const key = numbers.take();
    const field = Math.floor(key / 8);
    const wireType = key % 8;
    if (wireType === 0) fields.push({ field, number: numbers.take(), bytes: undefined });
    else {
      const length = wireType === 1 ? 8 : wireType === 5 ? 4 : numbers.take();
      fields.push({ field, number: Number.NaN, bytes: numbers.takeBytes(length) });
    }
  }
  return fields;
}

function unpack(bytes: Buffer): number[] {
  const found: number[] = [];
  for (const numbers = new Numbers(bytes); numbers.left; ) found.push(numbers.take());
  return found;
}

/** Takes varints from the front of some bytes. */
class Numbers {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): boolean {
    return this.#at < this.#bytes.length;
  }

  take(): number {
    let value = 0;
    for (let scale = 1; this.left; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  }

  takeBytes(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
