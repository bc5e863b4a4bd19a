/** How an invocation ended. */
export type Ending =
  | { kind: "answered"; answer: unknown }
  | { kind: "failed"; code: number; message: string };

/** Restate knows no handler at a target. */
export class HandlerMissing extends Error {}

/**
 * Starts an invocation without waiting for its end; returns its id.
 *
 * @param target service and handler, `WeatherAgent/run`; of a virtual object, with the key between
 * @param body JSON, where it is to be understood
 * @throws {HandlerMissing} where Restate knows no such handler
 */
export async function send(ingressUrl: string, target: string, body: string): Promise<string> {
  const response = await fetch(`${ingressUrl}/${target}/send`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await response.text();
  if (response.status === 404) throw new HandlerMissing(`There is no ${target} to be called.`);
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${text}`);
  return JSON.parse(text).invocationId;
}

/** Waits for an invocation's end, as often as the server goes away meanwhile. */
export async function attach(ingressUrl: string, id: string, signal: AbortSignal): Promise<Ending> {
  for (;;) {
    try {
      const response = await fetch(`${ingressUrl}/restate/invocation/${id}/attach`, { signal });
      const text = await response.text();
      if (response.ok)
        return { kind: "answered", answer: text === "" ? undefined : JSON.parse(text) };
      return { kind: "failed", code: response.status, message: messageIn(text) };
    } catch (error) {
      if (signal.aborted || !(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function messageIn(text: string): string {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
}
