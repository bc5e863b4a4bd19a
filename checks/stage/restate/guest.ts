import { setTimeout as pause } from "node:timers/promises";
import { CouldNotRun } from "../could-not-run.ts";
import { waitFor } from "../wait.ts";
import {
  addressOf,
  clearState,
  type Deployment,
  isDeployed,
  register,
  registerDry,
  removeDeployment,
  removeInvocations,
} from "./admin.ts";
import type { RestateServer } from "./server.ts";

// Milliseconds, far more than a cluster takes to go on without a node.
const cap = 20_000;
const looks = 25;

/**
 * Registers agents on a server that is also others', and waits until its ingress knows them: in a
 * cluster that can take a second.
 *
 * @throws {CouldNotRun} where it has one of their services already, at another address
 */
export async function registerAsGuest(
  server: RestateServer,
  agentsUrl: string,
): Promise<Deployment> {
  const { adminUrl, ingressUrl } = server;
  const { services } = await untilDone(`the services at ${agentsUrl}`, server, () =>
    registerDry(adminUrl, agentsUrl),
  );
  for (const service of services) {
    const address = await untilDone(`the address of ${service}`, server, () =>
      addressOf(adminUrl, service),
    );
    if (address === undefined) continue;
    throw new CouldNotRun(
      `The server at ${adminUrl} already has a service ${service}, at ${address}.`,
      "Remove that deployment, or name another server with RESTATE_ADMIN_URL.",
    );
  }
  const deployment = await untilDone(`the deployment of ${agentsUrl}`, server, () =>
    register(adminUrl, agentsUrl),
  );
  for (const service of services) {
    await waitFor(`${service} at ${ingressUrl}`, cap, () => isKnown(ingressUrl, service));
  }
  return deployment;
}

/**
 * Asks a server until it answers without an error, where it may be a cluster: a node that was lost
 * just now does not answer, and one that has just come back knows for a moment what was true before.
 *
 * @param what names it, where it does not come
 * @throws the first error, where the server is the run's own
 */
export async function untilDone<Result>(
  what: string,
  { isShared }: RestateServer,
  ask: () => Promise<Result>,
): Promise<Result> {
  if (!isShared) return ask();
  const [result] = await waitFor(what, cap, async () => [await ask()] as const);
  return result;
}

/** A handler that there is not is told from a service that there is not: nothing is invoked. */
async function isKnown(ingressUrl: string, service: string): Promise<true | undefined> {
  const response = await fetch(`${ingressUrl}/${service}/no-key/no-such-handler`, {
    method: "POST",
  });
  return /service '[^']*' not found/.test(await response.text()) ? undefined : true;
}

/** A node that has just come back may not know the deployment yet: one look is not enough. */
async function isRemoved(adminUrl: string, id: string): Promise<true | undefined> {
  await removeDeployment(adminUrl, id);
  for (let look = 0; look < looks; look++) {
    if (await isDeployed(adminUrl, id)) return undefined;
    await pause(20);
  }
  return true;
}

/** Leaves nothing behind: no invocation, no state, no deployment. */
export async function leave(
  server: RestateServer,
  deployments: readonly Deployment[],
): Promise<void> {
  const { adminUrl } = server;
  for (const { services } of deployments) {
    for (const service of services) {
      await removeInvocations(adminUrl, service);
      await untilDone(`no state of ${service}`, server, () => clearState(adminUrl, service));
    }
  }
  for (const { id } of deployments) {
    await waitFor(`the end of deployment ${id}`, cap, () => isRemoved(adminUrl, id));
  }
}
