import { createHash, randomUUID } from "node:crypto";

interface Reservation {
  id: string;
  confirmation: string;
}

/** Reservations by idempotency key, and which bookings were confirmed or cancelled. */
export class Bookings {
  #reserved = new Map<string, Reservation>();
  #settled = new Set<string>();

  /**
   * Reserves once per idempotency key; without a key, every call makes another reservation.
   *
   * @returns undefined if the key was used for another request; payment services refuse that too
   */
  reserve(kind: string, request: unknown, key: string | undefined) {
    const name = key ?? randomUUID();
    const confirmation = `Reserved a ${kind}: ${JSON.stringify(request)}`;
    const known = this.#reserved.get(name);
    if (known) {
      return known.confirmation === confirmation
        ? { reservation: known, repeated: true }
        : undefined;
    }
    const code = createHash("sha256").update(`${kind} ${name}`).digest("hex").slice(0, 8);
    const reservation = { id: `${kind}-${code}`, confirmation };
    this.#reserved.set(name, reservation);
    return { reservation, repeated: false };
  }

  /** Confirms or cancels by booking id; returns whether that was done before. */
  settle(id: string, how: "confirm" | "cancel"): boolean {
    const done = `${how} ${id}`;
    const repeated = this.#settled.has(done);
    this.#settled.add(done);
    return repeated;
  }
}
