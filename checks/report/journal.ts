import type { JournalEntry } from "../stage/events.ts";

/** An invocation's journal, one line per entry: its type, its name and its content. */
export function renderJournal(entries: readonly JournalEntry[]): string[] {
  return entries.map(({ index, type, content }) => {
    const what = type.replace(/^Command: /, "").replace(/^Notification: (.*)/, "$1 answered");
    const name = find(content, "name");
    const held = heldBy(content);
    return [
      `${String(index).padStart(6)}  ${what}`,
      typeof name === "string" && name !== "" ? ` "${name}"` : "",
      held === undefined ? "" : `: ${held.replace(/\s+/g, " ")}`,
    ].join("");
  });
}

/** A payload is a byte array under `Success`, `payload` or `value`. A failure has a message. */
function heldBy(content: unknown): string | undefined {
  const failure = find(content, "Failure");
  if (failure !== undefined) return `failed: ${find(failure, "message")}`;
  for (const key of ["Success", "payload", "value"]) {
    const bytes = find(content, key);
    if (Array.isArray(bytes)) return Buffer.from(bytes).toString();
  }
  return undefined;
}

function find(content: unknown, key: string): unknown {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return undefined;
  const object = content as Record<string, unknown>;
  if (key in object) return object[key];
  for (const value of Object.values(object)) {
    const found = find(value, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
