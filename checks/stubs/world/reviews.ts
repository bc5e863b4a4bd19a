import { askWorld } from "./http.ts";

const ingressUrl = process.env.RESTATE_INGRESS_URL ?? "http://localhost:8080";

const worldUrl = process.env.WORLD_URL ?? "http://127.0.0.1:9082";

/**
 * Puts a message before a human reviewer and prints the command with which to approve it.
 *
 * @param id where the answer is to arrive. Asking again with the same id does not show the reviewer
 * a second request.
 */
export async function requestHumanReview(message: string, id: string): Promise<void> {
  await askWorld("POST", "/reviews", { message, id }, id);
  console.log(`${message}\nApprove it with:\n  ${approvalCommand(id)}`);
}

/** An awakeable is resolved at Restate's ingress; other answers are only written down, in the world. */
function approvalCommand(id: string): string {
  const [url, body] = /^(sign|prom)_1/.test(id)
    ? [`${ingressUrl}/restate/awakeables/${id}/resolve`, "true"]
    : [`${worldUrl}/reviews/${id}/answer`, '{"approved": true}'];
  return `curl ${url.replace(/^https?:\/\//, "")} --json '${body}'`;
}

/** Returns what the reviewer has answered to the request with this id, or undefined until then. */
export async function reviewAnswer(id: string): Promise<boolean | undefined> {
  const review = await askWorld<{ approved?: boolean }>("GET", `/reviews/${id}`);
  return review.approved;
}
