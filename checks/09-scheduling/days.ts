import { randomUUID } from "node:crypto";
import type { Stage } from "../stage/stage.ts";

// Milliseconds.
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** How late a notification may be on the agents' clock, in milliseconds: two busy cores are slow. */
export const late = 10 * minute;

/** A new user on each call, because Restate keeps the state of earlier ones. */
export function newUser(): string {
  return `user-${randomUUID()}`;
}

/** Sets the agents' clock back: what is due within these days is due at once. */
export async function goBack(stage: Stage, days: number): Promise<void> {
  await stage.agents.setClockBack(days * day);
}

/**
 * A notification, and when it was due on the agents' clock, in milliseconds since 1970. If what sent it was not
 * delayed, when it came: the days are so short that one run may put the clock forward before another.
 */
export interface Told {
  text: string;
  at: number;
}

/** Follows the notifications that a user gets from now on. */
export function follow(stage: Stage, user: string): readonly Told[] {
  const told: Told[] = [];
  let looked = 0;
  stage.listen((event) => {
    if (event.kind !== "call") return;
    const due = stage.dueOf(event.call.invocation ?? "");
    const { entries } = stage.world.ledger;
    for (const { effect, subject, text = "", repeated } of entries.slice(looked)) {
      const isNew = effect === "notification" && subject === user && !repeated;
      if (isNew) told.push({ text, at: due ?? stage.agents.time });
    }
    looked = entries.length;
  });
  return told;
}
