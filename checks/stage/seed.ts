import { createHash } from "node:crypto";

/** Choices that look random and are the same for the same seed. */
export interface Chooser {
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  one<Item>(items: readonly Item[]): Item;
}

/**
 * Makes choices that depend only on the seed, the turn, and how many were made before.
 *
 * @param turn each turn chooses differently from the one before, wherever there is more than one option
 */
export function chooser(seed: string, turn = 0): Chooser {
  let made = 0;
  const integer = (low: number, high: number) => {
    const digest = createHash("sha256").update(`${seed} ${made++}`).digest();
    return low + ((digest.readUInt32BE() + turn) % (high - low + 1));
  };
  return {
    integer,
    one: <Item>(items: readonly Item[]) => items[integer(0, items.length - 1)] as Item,
  };
}
