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
  const entries = await readEntries<{ Command?: object } & StepEntry>(adminUrl, id);
  if ("command" in entry) {
    return entries.filter(({ Command }) => Command !== undefined).length >= entry.command;
  }
  return entries.some(
    ({ Notification }) => Notification?.Completion?.Run?.completion_id === entry.result,
  );
}

/** The invocations that an invocation has called or sent, in the order in which its code did it. */
export async function readCalled(adminUrl: string, id: string): Promise<string[]> {
  const entries = await readEntries<CallEntry>(adminUrl, id);
  return entries.flatMap(({ Command }) => {
    const made = Command?.Call ?? Command?.OneWayCall;
    return made === undefined ? [] : [made.request.invocation_id];
  });
}

/** The invocations that an invocation has cancelled. */
export async function readCancelled(adminUrl: string, id: string): Promise<string[]> {
  const entries = await readEntries<SentSignalEntry>(adminUrl, id);
  return entries.flatMap(({ Command }) => Command?.SendSignal?.target_invocation_id ?? []);
}

interface SentSignalEntry {
  Command?: { SendSignal?: { target_invocation_id: string } };
}

interface CallEntry {
  Command?: Partial<Record<"Call" | "OneWayCall", { request: { invocation_id: string } }>>;
}

/** Whether an invocation has a cancellation in its journal, or has ended. */
export async function hasHeardOfCancel(adminUrl: string, id: string): Promise<boolean> {
  const row = await readInvocation(adminUrl, id);
  if (row?.status === "completed") return true;
  const entries = await readEntries<SignalEntry>(adminUrl, id);
  return entries.some(({ Notification }) => Notification?.Signal?.id.Index === cancelSignal);
}

/**
 * Whether an awakeable of an invocation has its answer. An awakeable is a signal with a number, in
 * which its id ends.
 */
export async function hasAnswer(adminUrl: string, id: string, awakeable: string): Promise<boolean> {
  const bytes = Buffer.from(awakeable.replace(/^sign_1/, ""), "base64url");
  const signal = bytes.readUInt32BE(bytes.length - 4);
  const entries = await readEntries<SignalEntry>(adminUrl, id);
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
  const entries = await readEntries<TimerEntry>(adminUrl, id);
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
  const entries = await readEntries<StepEntry>(adminUrl, id);
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

/** A journal's entries as Restate has them, and when each was appended. */
async function readEntries<Entry>(
  adminUrl: string,
  id: string,
): Promise<(Entry & { at: number })[]> {
  const rows = await query<{ entry_json: string; appended_at: string }>(
    adminUrl,
    `select entry_json, appended_at from sys_journal where id = '${id}' order by index`,
  );
  return rows.map(({ entry_json, appended_at }) => ({
    ...(JSON.parse(entry_json) as Entry),
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
