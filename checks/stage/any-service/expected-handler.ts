import { CouldNotRun } from "../could-not-run.ts";
import { describeService } from "../restate/admin.ts";

/**
 * Makes sure that a sweep can call a handler.
 *
 * @param call as in `--call`: `WeatherAgent/run`, `Chat/{key}/message`
 * @param services what the command serves
 * @throws {CouldNotRun} if none of them has the handler, or the call needs a key and has none
 */
export async function expectHandler(
  adminUrl: string,
  call: string,
  services: readonly string[],
): Promise<void> {
  const parts = call.split("/");
  const [name = "", handler = ""] = [parts[0], parts.at(-1)];
  const service = await describeService(adminUrl, name);
  if (service === undefined) {
    throw new CouldNotRun(
      `The command serves no ${name}.`,
      `It serves ${services.toSorted().join(", ")}. Name one in --call.`,
    );
  }
  if (parts.length === 1 || !service.handlers.includes(handler)) {
    throw new CouldNotRun(
      `${name} has no handler "${parts.length === 1 ? "" : handler}".`,
      `It has: ${service.handlers.join(", ")}. Write --call ${name}/…`,
    );
  }
  const withKey = `${name}/{key}/${handler}`;
  if (service.kind === "Service" ? parts.length !== 2 : call !== withKey) {
    throw new CouldNotRun(
      `${call} is not how a ${service.kind} is called in a sweep.`,
      `Write --call "${service.kind === "Service" ? `${name}/${handler}` : withKey}"`,
    );
  }
}
