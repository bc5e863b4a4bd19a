import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { register } from "../../checks/stage/restate/admin.ts";
import type { Say } from "../terminal/say.ts";

/**
 * Returns a function that registers agents with Restate. It prints their services, or `as before` if they
 * have not changed.
 *
 * @param command the one that serves them, as typed
 * @throws {CouldNotRun} if Restate does not accept them
 */
export function registerEachTime(
  adminUrl: string,
  agentsUrl: string,
  command: string,
  say: Say,
): () => Promise<void> {
  let before = "";
  return async () => {
    const { services } = await register(adminUrl, agentsUrl).catch((error: Error) => {
      throw new CouldNotRun(
        `Restate does not accept the agents: ${error.message}`,
        `Fix what it names, then: ${command}`,
      );
    });
    const names = services.toSorted().join(", ");
    say("registered", names === before ? "as before" : names);
    before = names;
  };
}
