import { TerminalError } from "@restatedev/restate-sdk";

const worldUrl = process.env.WORLD_URL ?? "http://127.0.0.1:9082";

/**
 * Sends a request to the outside world and returns its JSON answer.
 *
 * A refusal (4xx except 429) throws `TerminalError` with the world's status and words: asking again does
 * not help. An outage (5xx, 429, or no answer) throws a plain `Error`: asking again can help.
 */
export async function askWorld<Answer>(
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  idempotencyKey?: string,
): Promise<Answer> {
  const response = await fetch(worldUrl + path, {
    method,
    headers: {
      "content-type": "application/json",
      ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (response.ok) return (await response.json()) as Answer;

  const words = await response.text();
  if (response.status < 500 && response.status !== 429) {
    throw new TerminalError(words, { errorCode: response.status });
  }
  throw new Error(`${path} answered ${response.status}: ${words}`);
}
