import { askWorld } from "./http.ts";

/** Sends the customer an e-mail. Calls with the same idempotency key send it once. */
export async function emailCustomer(message: string, idempotencyKey: string): Promise<void> {
  await askWorld("POST", "/emails", { message }, idempotencyKey);
}
