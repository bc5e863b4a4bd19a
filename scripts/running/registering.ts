import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { register } from "../../checks/stage/restate/admin.ts";
import type { Say } from "../terminal/say.ts";

/**
 * Registers agents with Restate whenever it is called, and says which services they have, unless
 * they had the same before.
 *
 * @param command the one that serves them, as one types it
 * @throws {CouldNotRun} where Restate does not take them
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
        `Restate does not take the agents: ${error.message}`,
        `Fix what it names, then: ${command}`,
      );
    });
    const names = services.toSorted().join(", ");
    say("registered", names === before ? "as before" : names);
    before = names;
  };
}
