import { waitFor } from "../wait.ts";

// Milliseconds, far more than a server that was killed takes to come back on two busy cores.
const backCap = 20_000;

/** How an invocation ended. */
export type Ending =
  | { kind: "answered"; answer: unknown }
  | { kind: "failed"; code: number; message: string };

/** Restate knows no handler with this name. */
export class HandlerMissing extends Error {}

/**
 * Starts an invocation without waiting for its end; returns its id.
 *
 * @param target service and handler, `WeatherAgent/run`; for a virtual object, with the key between them
 * @param body JSON, unless the handler should fail to read it; undefined sends none
 * @throws {HandlerMissing} if Restate knows no such handler
 */
export async function send(
  ingressUrl: string,
  target: string,
  body: string | undefined,
): Promise<string> {
  const response = await fetchOnceBack(`${ingressUrl}/${target}/send`, {
    method: "POST",
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body }),
  });
  const text = await response.text();
  if (response.status === 404) throw new HandlerMissing(`Restate has no handler ${target}.`);
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${text}`);
  return JSON.parse(text).invocationId;
}

/** Sends a request as `fetch` does. While nobody listens, because the server was just killed, retries. */
async function fetchOnceBack(url: string, init: RequestInit): Promise<Response> {
  const answer = await waitFor(`an answer of ${url}`, backCap, async () => {
    try {
      return await fetch(url, init);
    } catch (error) {
      // Otherwise the server may have got it, and it must not get it twice.
      if (wasRefused(error)) return undefined;
      return { error };
    }
  });
  if (answer instanceof Response) return answer;
  throw answer.error;
}

function wasRefused(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code === "ECONNREFUSED";
}

/** A request to the ingress. */
export interface IngressRequest {
  method: string;
  /** Without the slash at its beginning. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Passes a request on to the ingress, and reports the id of the invocation that it starts, if any. If a
 * call waits for its answer, this sends it and then attaches to it, so its id is known at once.
 */
export async function callIngress(
  ingressUrl: string,
  { method, path, headers, body }: IngressRequest,
  onInvoked: (id: string) => void,
): Promise<Response> {
  const request = { method, headers, body: method === "GET" ? null : new Uint8Array(body) };
  if (path.startsWith("restate/")) return fetch(`${ingressUrl}/${path}`, request);
  const sends = /\/send(\?|$)/.test(path);
  const sent = await fetch(`${ingressUrl}/${sends ? path : `${path}/send`}`, request);
  if (!sent.ok) return sent;
  const { invocationId } = (await sent.clone().json()) as { invocationId: string };
  onInvoked(invocationId);
  return sends ? sent : fetch(`${ingressUrl}/restate/invocation/${invocationId}/attach`);
}

/** Waits for an invocation's end, even if the server goes away once or more while it waits. */
export async function attach(ingressUrl: string, id: string, signal: AbortSignal): Promise<Ending> {
  for (;;) {
    try {
      const response = await fetch(`${ingressUrl}/restate/invocation/${id}/attach`, { signal });
      const text = await response.text();
      if (response.ok) return { kind: "answered", answer: answerIn(text) };
      return { kind: "failed", code: response.status, message: messageIn(text) };
    } catch (error) {
      if (signal.aborted || !(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What an agent has answered. It need not be JSON. */
function answerIn(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function messageIn(text: string): string {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
}
