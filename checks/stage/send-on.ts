import type { IncomingMessage, RequestOptions, request } from "node:http";
import type { Answer } from "./crossing.ts";
import { readBody } from "./http.ts";

/**
 * Sends a request on and reads its whole answer. If the other side closes a connection that was kept open,
 * at the moment when it is used again, sends the request on a new one.
 *
 * @param send `request` of `node:http` or `node:https`
 */
export function sendOn(
  send: typeof request,
  options: RequestOptions,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outward = send(options);
    outward.once("error", (error: NodeJS.ErrnoException) => {
      // Node's documentation of `request.reusedSocket` names this race.
      const wasIdle = outward.reusedSocket && error.code === "ECONNRESET";
      if (wasIdle) sendOn(send, options, body).then(resolve, reject);
      else reject(error);
    });
    outward.once("response", (response: IncomingMessage) => {
      const { statusCode: status = 500, headers } = response;
      readBody(response).then((body) => resolve({ status, headers, body }), reject);
    });
    outward.end(body);
  });
}
