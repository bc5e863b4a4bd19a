import type { Entry } from "../agents/attempt.ts";
import type { JournalEntry, JournalledStep } from "../events.ts";
import { query, readInvocation } from "./admin.ts";

/** Reads an invocation's whole journal. */
export async function readJournal(adminUrl: string, id: string): Promise<JournalEntry[]> {
  const rows = await query<{ index: number; entry_type: string; entry_json: string }>(
    adminUrl,
    `select index, entry_type, entry_json from sys_journal where id = '${id}' order by index`,
  );
  return rows.map(({ index, entry_type, entry_json }) => ({
    index,
    type: entry_type,
    content: JSON.parse(entry_json),
  }));
}

/** Whether an invocation's journal has an entry, or for its end, whether Restate has it. */
export async function hasEntry(adminUrl: string, id: string, entry: Entry): Promise<boolean> {
  if (entry === "end") return (await readInvocation(adminUrl, id))?.status === "completed";
  const entries = await readEntries<{ Command?: object } & StepEntry>(adminUrl, [id]);
  if ("command" in entry) {
    return entries.filter(({ Command }) => Command !== undefined).length >= entry.command;
  }
  return entries.some(
    ({ Notification }) => Notification?.Completion?.Run?.completion_id === entry.result,
  );
}

/** What some invocations have set going. */
export interface Made {
  /** The invocations that they have called or sent. */
  called: string[];
  /** The invocations that they have cancelled. */
  cancelled: string[];
  /** The timers of each, by its id. */
  timers: Map<string, Timer[]>;
}

/** Reads what some invocations have set going. */
export async function readMade(adminUrl: string, ids: readonly string[]): Promise<Made> {
  const entries = await readEntries<CallEntry & SentSignalEntry & TimerEntry>(adminUrl, ids);
  return {
    called: entries.flatMap(({ Command }) => {
      const made = Command?.Call ?? Command?.OneWayCall;
      return made === undefined ? [] : [made.request.invocation_id];
    }),
    cancelled: entries.flatMap(({ Command }) => Command?.SendSignal?.target_invocation_id ?? []),
    timers: new Map(
      [...Map.groupBy(entries, ({ of }) => of)].map(([id, own]) => [id, timersIn(own)]),
    ),
  };
}

interface SentSignalEntry {
  Command?: { SendSignal?: { target_invocation_id: string } };
}

interface CallEntry {
  Command?: Partial<Record<"Call" | "OneWayCall", { request: { invocation_id: string } }>>;
}

/** Whether one of these invocations has called another one, for its answer. A send does not count. */
export async function hasCalled(
  adminUrl: string,
  callers: readonly string[],
  called: string,
): Promise<boolean> {
  const entries = await readEntries<CallEntry>(adminUrl, callers);
  return entries.some(({ Command }) => Command?.Call?.request.invocation_id === called);
}

// The commands at which an invocation can wait for as long as others like.
const waits = ["AttachInvocation", "Call", "GetPromise", "Sleep"];

/** How often an invocation has begun to wait for another invocation, a timer or a promise. */
export async function countWaits(adminUrl: string, id: string): Promise<number> {
  const entries = await readEntries<{ Command?: object }>(adminUrl, [id]);
  return entries.filter(({ Command = {} }) => waits.some((each) => each in Command)).length;
}

/** Whether an invocation has so many cancellations in its journal, or has ended. */
export async function hasHeardOfCancel(
  adminUrl: string,
  id: string,
  times: number,
): Promise<boolean> {
  const row = await readInvocation(adminUrl, id);
  if (row?.status === "completed") return true;
  const entries = await readEntries<SignalEntry>(adminUrl, [id]);
  const isCancel = ({ Notification }: SignalEntry) =>
    Notification?.Signal?.id.Index === cancelSignal;
  return entries.filter(isCancel).length >= times;
}

/**
 * Whether an awakeable of an invocation has its answer. An awakeable is a signal with a number, in
 * which its id ends.
 */
export async function hasAnswer(adminUrl: string, id: string, awakeable: string): Promise<boolean> {
  const bytes = Buffer.from(awakeable.replace(/^sign_1/, ""), "base64url");
  const signal = bytes.readUInt32BE(bytes.length - 4);
  const entries = await readEntries<SignalEntry>(adminUrl, [id]);
  return entries.some(({ Notification }) => Notification?.Signal?.id.Index === signal);
}

// Signal number 1 is a cancellation. Awakeables have higher numbers.
const cancelSignal = 1;

interface SignalEntry {
  Notification?: { Signal?: { id: { Index?: number } } };
}

/** A timer in a journal: when it was set, and when it is over, in milliseconds since 1970. */
export interface Timer {
  setAt: number;
  overAt: number;
  /** Whether the journal has its end. */
  hasRung: boolean;
}

/** Reads the timers that an invocation has set, in the order in which it set them. */
export async function readTimers(adminUrl: string, id: string): Promise<Timer[]> {
  return timersIn(await readEntries<TimerEntry>(adminUrl, [id]));
}

function timersIn(entries: readonly (TimerEntry & { at: number })[]): Timer[] {
  const rung = entries.map(({ Notification }) => Notification?.Completion?.Sleep?.completion_id);
  return entries.flatMap(({ Command, at }) => {
    if (Command?.Sleep === undefined) return [];
    const { wake_up_time: overAt, completion_id } = Command.Sleep;
    return [{ setAt: at, overAt, hasRung: rung.includes(completion_id) }];
  });
}

interface TimerEntry {
  Command?: { Sleep?: { wake_up_time: number; completion_id: number } };
  Notification?: { Completion?: { Sleep?: { completion_id: number } } };
}

/** The steps in an invocation's journal, in the order in which they began. */
export async function readSteps(adminUrl: string, id: string): Promise<JournalledStep[]> {
  const entries = await readEntries<StepEntry>(adminUrl, [id]);
  const kept = new Map(
    entries.flatMap(({ Notification, at }) => {
      const run = Notification?.Completion?.Run;
      return run === undefined ? [] : [[run.completion_id, keptAt(at, run.result)] as const];
    }),
  );
  return entries.flatMap(({ Command }) => {
    const run = Command?.Run;
    if (run === undefined) return [];
    const result = kept.get(run.completion_id);
    return [{ name: run.name, ...(result && { kept: result }) }];
  });
}

/** The entries of journals as Restate has them, whose each is, and when it was appended. */
async function readEntries<Entry>(
  adminUrl: string,
  ids: readonly string[],
): Promise<(Entry & { of: string; at: number })[]> {
  if (ids.length === 0) return [];
  const rows = await query<{ id: string; entry_json: string; appended_at: string }>(
    adminUrl,
    `select id, entry_json, appended_at from sys_journal
     where id in (${ids.map((id) => `'${id}'`).join(", ")}) order by id, index`,
  );
  return rows.map(({ id, entry_json, appended_at }) => ({
    ...(JSON.parse(entry_json) as Entry),
    of: id,
    at: Date.parse(appended_at),
  }));
}

/** The parts of `sys_journal.entry_json` that are read here (Restate 1.7, journal version 2). */
interface StepEntry {
  Command?: { Run?: { completion_id: number; name: string } };
  Notification?: { Completion?: { Run?: { completion_id: number; result: RunResult } } };
}

type RunResult = { Success: number[] } | { Failure: { code: number; message: string } };

function keptAt(at: number, result: RunResult) {
  return "Success" in result
    ? { result: Buffer.from(result.Success).toString(), failed: false, at }
    : { result: result.Failure.message, failed: true, at };
}
