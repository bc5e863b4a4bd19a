import { askWorld } from "./http.ts";

/** Sends the customer an e-mail. The same idempotency key sends it once. */
export async function emailCustomer(message: string, idempotencyKey: string): Promise<void> {
  await askWorld("POST", "/emails", { message }, idempotencyKey);
}
