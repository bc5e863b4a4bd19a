import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** The header in which Restate names the invocation of an attempt. */
export const invocationHeader = "x-restate-invocation-id";
/** The header in which the stage's router numbers attempts. */
export const attemptHeader = "x-workshop-attempt";

const attempted = new AsyncLocalStorage<{ invocation: string; attempt: string | undefined }>();

/** The invocation that the code which asks is part of; undefined where callers are not named. */
export function invocationUnderWay(): string | undefined {
  return attempted.getStore()?.invocation;
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/**
 * Adds both headers to each call that agents make through a boundary, without a change to their code.
 * Node's `fetch` announces each request before it sends it, on the diagnostics channel
 * `undici:request:create`.
 *
 * @param boundary its origin; calls to other origins stay as they are
 * @param handler answers Restate
 */
export function nameCallers(boundary: string, handler: Handler): Handler {
  subscribe("undici:request:create", (message) => {
    const { request } = message as { request: UndiciRequest };
    const caller = attempted.getStore();
    if (caller === undefined || String(request.origin) !== boundary) return;
    request.addHeader(invocationHeader, caller.invocation);
    if (caller.attempt !== undefined) request.addHeader(attemptHeader, caller.attempt);
  });
  return (request, response) => {
    const invocation = request.headers[invocationHeader]?.toString();
    if (invocation === undefined) {
      handler(request, response);
      return;
    }
    const attempt = request.headers[attemptHeader]?.toString();
    attempted.run({ invocation, attempt }, () => handler(request, response));
  };
}

interface UndiciRequest {
  origin: string | URL;
  addHeader(name: string, value: string): void;
}
