import { askWorld } from "./http.ts";

/**
 * Shows a notification on the user's phone, and prints it. Calls with the same idempotency key show it
 * once.
 */
export async function notify(user: string, text: string, idempotencyKey: string): Promise<void> {
  const path = `/notifications/${encodeURIComponent(user)}`;
  await askWorld("POST", path, { text }, idempotencyKey);
  console.log(`A notification for ${user}: ${text}`);
}
