import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** The header in which Restate names the invocation of an attempt. */
export const invocationHeader = "x-restate-invocation-id";

const attempted = new AsyncLocalStorage<string>();

/** The invocation that the code which asks is part of; undefined where callers are not named. */
export function invocationUnderWay(): string | undefined {
  return attempted.getStore();
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/**
 * Adds that header to each call that agents make through a boundary, without a change to their code.
 * Node's `fetch` announces each request before it sends it, on the diagnostics channel
 * `undici:request:create`.
 *
 * @param boundary its origin; calls to other origins stay as they are
 * @param handler answers Restate
 */
export function nameCallers(boundary: string, handler: Handler): Handler {
  subscribe("undici:request:create", (message) => {
    const { request } = message as { request: UndiciRequest };
    const invocation = attempted.getStore();
    if (invocation === undefined || String(request.origin) !== boundary) return;
    request.addHeader(invocationHeader, invocation);
  });
  return (request, response) => {
    const invocation = request.headers[invocationHeader]?.toString();
    if (invocation === undefined) handler(request, response);
    else attempted.run(invocation, () => handler(request, response));
  };
}

interface UndiciRequest {
  origin: string | URL;
  addHeader(name: string, value: string): void;
}
