import { askWorld } from "./http.ts";

const ingressUrl = process.env.RESTATE_INGRESS_URL ?? "http://localhost:8080";

/**
 * Puts a message before a human reviewer and prints the command with which to approve it.
 *
 * @param id where the answer is to arrive: an awakeable's id. Asking again with the same id does
 * not show the reviewer a second request.
 */
export async function requestHumanReview(message: string, id: string): Promise<void> {
  await askWorld("POST", "/reviews", { message, id }, id);
  console.log(`${message}
Approve it with:
  curl ${ingressUrl.replace(/^https?:\/\//, "")}/restate/awakeables/${id}/resolve --json 'true'`);
}

/** Returns what the reviewer has answered to the request with this id, or undefined until then. */
export async function reviewAnswer(id: string): Promise<boolean | undefined> {
  const review = await askWorld<{ approved?: boolean }>("GET", `/reviews/${id}`);
  return review.approved;
}
