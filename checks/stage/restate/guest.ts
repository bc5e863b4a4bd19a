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

// Milliseconds, far more than a cluster takes to continue without a node.
const cap = 20_000;
const looks = 25;

/**
 * Registers agents on a server that others use too, and waits until its ingress knows them. In a cluster
 * that can take a second.
 *
 * @throws {CouldNotRun} if it already has one of their services, whatever its address
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
 * Asks a shared server until it answers without an error, because it may be a cluster. A node that was
 * just lost does not answer. One that has just come back gives outdated answers for a moment.
 *
 * @param what names the awaited answer in the error
 * @throws the first error, if the server is the run's own and has answered
 */
export async function untilDone<Result>(
  what: string,
  { isShared }: RestateServer,
  ask: () => Promise<Result>,
): Promise<Result> {
  const outcome = await waitFor(what, cap, async () => {
    try {
      return { result: await ask() };
    } catch (error) {
      // The run's own server may just have been killed. Then nobody answers.
      if (isShared || error instanceof TypeError) throw error;
      return { error };
    }
  });
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}

/** Calls a handler that does not exist, so nothing is invoked. The error says if the service is missing. */
async function isKnown(ingressUrl: string, service: string): Promise<true | undefined> {
  const response = await fetch(`${ingressUrl}/${service}/no-key/no-such-handler`, {
    method: "POST",
  });
  return /service '[^']*' not found/.test(await response.text()) ? undefined : true;
}

/** Looks many times, because a node that has just come back may not know the deployment yet. */
async function isRemoved(adminUrl: string, id: string): Promise<true | undefined> {
  await removeDeployment(adminUrl, id);
  for (let look = 0; look < looks; look++) {
    if (await isDeployed(adminUrl, id)) return undefined;
    await pause(20);
  }
  return true;
}

/** Removes all that deployments leave on a server: invocations, state, and the deployments themselves. */
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
