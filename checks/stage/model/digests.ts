import type { Conversation, Reply } from "./conversation.ts";

/** Writes the digest that the prompt asks for: what it is about, and the day. */
export function writeDigest({ prompt }: Conversation): Reply | undefined {
  const [, about, day] = prompt.match(/digest about (.+) for (.+?)\.?$/i) ?? [];
  if (about === undefined || day === undefined) return undefined;
  return { text: `${day}. ${about}: nothing has gone wrong.` };
}
