import { askWorld } from "./http.ts";

const ingressUrl = process.env.RESTATE_INGRESS_URL ?? "http://localhost:8080";

const worldUrl = process.env.WORLD_URL ?? "http://127.0.0.1:9082";

/**
 * Sends a message to a human reviewer and prints the command that approves it.
 *
 * @param id where the answer arrives. If you ask again with the same id, the reviewer sees no second
 * request.
 */
export async function requestHumanReview(message: string, id: string): Promise<void> {
  await askWorld("POST", "/reviews", { message, id }, id);
  console.log(`${message}\nApprove it with:\n  ${approvalCommand(id)}`);
}

/** Restate's ingress resolves an awakeable. Other answers are only written down in the world. */
function approvalCommand(id: string): string {
  const [url, body] = /^(sign|prom)_1/.test(id)
    ? [`${ingressUrl}/restate/awakeables/${id}/resolve`, "true"]
    : [`${worldUrl}/reviews/${id}/answer`, '{"approved": true}'];
  return `curl ${url.replace(/^https?:\/\//, "")} --json '${body}'`;
}

/** Returns the reviewer's answer to the request with this id, or undefined while there is none. */
export async function reviewAnswer(id: string): Promise<boolean | undefined> {
  const review = await askWorld<{ approved?: boolean }>("GET", `/reviews/${id}`);
  return review.approved;
}
