import { CouldNotRun } from "../could-not-run.ts";
import { waitFor } from "../wait.ts";
import {
  addressOf,
  clearState,
  type Deployment,
  register,
  registerDry,
  removeDeployment,
  removeInvocations,
} from "./admin.ts";

/**
 * Registers agents on a server that is also others', and waits until its ingress knows them: in a
 * cluster that can take a second.
 *
 * @throws {CouldNotRun} where it has one of their services already, at another address
 */
export async function registerAsGuest(
  { adminUrl, ingressUrl }: { adminUrl: string; ingressUrl: string },
  agentsUrl: string,
): Promise<Deployment> {
  const { services } = await registerDry(adminUrl, agentsUrl);
  for (const service of services) {
    const address = await addressOf(adminUrl, service);
    if (address === undefined) continue;
    throw new CouldNotRun(
      `The server at ${adminUrl} has a service ${service} already, at ${address}.`,
      "Remove that deployment, or name another server with RESTATE_ADMIN_URL.",
    );
  }
  const deployment = await register(adminUrl, agentsUrl);
  for (const service of services) {
    await waitFor(`${service} at ${ingressUrl}`, 20_000, () => isKnown(ingressUrl, service));
  }
  return deployment;
}

/** A handler that there is not is told from a service that there is not: nothing is invoked. */
async function isKnown(ingressUrl: string, service: string): Promise<true | undefined> {
  const response = await fetch(`${ingressUrl}/${service}/no-key/no-such-handler`, {
    method: "POST",
  });
  return /service '[^']*' not found/.test(await response.text()) ? undefined : true;
}

/** Leaves nothing behind: no invocation, no state, no deployment. */
export async function leave(adminUrl: string, deployments: readonly Deployment[]): Promise<void> {
  for (const { services } of deployments) {
    for (const service of services) {
      await removeInvocations(adminUrl, service);
      await clearState(adminUrl, service);
    }
  }
  for (const { id } of deployments) await removeDeployment(adminUrl, id);
}
