import { waitFor } from "../wait.ts";

/** Whether awaits are answered at once, or each suspends the invocation and replays it. */
export type Mode = "normal" | "always-replay";

/** Both modes, in the order in which checks run. */
export const modes: readonly Mode[] = ["normal", "always-replay"];

const inactivityTimeout: Record<Mode, string> = { normal: "1m", "always-replay": "0s" };

/** Restate refuses to register agents because of something in their code. */
export class NotTaken extends Error {}

async function admin(adminUrl: string, method: string, path: string, body?: unknown) {
  const response = await fetch(adminUrl + path, {
    method,
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      // On one machine, it costs more to compress an answer than to send it.
      "accept-encoding": "identity",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  const words = `${method} ${path} answered ${response.status}: ${text}`;
  if (path === "/deployments" && response.status === 400) throw new NotTaken(words);
  if (!response.ok) throw new Error(words);
  return text === "" ? undefined : JSON.parse(text);
}

/**
 * Queries Restate's introspection tables. Null columns are missing from the rows; never select
 * `partition_key`, which does not fit a JSON number.
 */
export async function query<Row>(adminUrl: string, sql: string): Promise<Row[]> {
  const { rows } = await admin(adminUrl, "POST", "/query", { query: sql });
  return rows;
}

/** Agents at an address, as Restate knows them. */
export interface Deployment {
  id: string;
  /** The names of their services. */
  services: string[];
}

/** Registers the agents at an address. They replace what was registered there. */
export function register(adminUrl: string, agentsUrl: string): Promise<Deployment> {
  return deploy(adminUrl, { uri: agentsUrl, force: true });
}

/** Returns what would be registered. */
export function registerDry(adminUrl: string, agentsUrl: string): Promise<Deployment> {
  return deploy(adminUrl, { uri: agentsUrl, force: true, dry_run: true });
}

async function deploy(adminUrl: string, asked: object): Promise<Deployment> {
  const { id, services } = await admin(adminUrl, "POST", "/deployments", asked);
  return { id, services: services.map(({ name }: { name: string }) => name) };
}

/** The address of a service's agents; undefined if there is no such service. */
export async function addressOf(adminUrl: string, service: string): Promise<string | undefined> {
  const response = await fetch(`${adminUrl}/services/${service}`);
  if (!response.ok) return undefined;
  const { deployment_id } = (await response.json()) as { deployment_id: string };
  return (await admin(adminUrl, "GET", `/deployments/${deployment_id}`)).uri;
}

/**
 * Removes agents with their services, even if invocations of theirs are under way; no error if Restate
 * does not know them.
 */
export async function removeDeployment(adminUrl: string, id: string): Promise<void> {
  await fetch(`${adminUrl}/deployments/${id}?force=true`, { method: "DELETE" });
}

/** Whether there is a deployment with this id. */
export async function isDeployed(adminUrl: string, id: string): Promise<boolean> {
  return (await fetch(`${adminUrl}/deployments/${id}`)).ok;
}

/** What a service is, and its handlers; undefined if Restate does not know it. */
export async function describeService(
  adminUrl: string,
  service: string,
): Promise<{ kind: "Service" | "VirtualObject" | "Workflow"; handlers: string[] } | undefined> {
  const response = await fetch(`${adminUrl}/services/${encodeURIComponent(service)}`);
  if (!response.ok) return undefined;
  const { ty, handlers } = (await response.json()) as ServiceRow;
  return { kind: ty, handlers: handlers.map(({ name }) => name) };
}

interface ServiceRow {
  ty: "Service" | "VirtualObject" | "Workflow";
  handlers: { name: string }[];
}

/** Kills all invocations that run, wait or are scheduled; resolves when none is left. */
export async function killAll(adminUrl: string): Promise<void> {
  const left = "select id from sys_invocation where status != 'completed'";
  await waitFor("the end of all invocations", 20_000, async () => {
    const rows = await query<{ id: string }>(adminUrl, left);
    for (const { id } of rows) await killInvocation(adminUrl, id);
    return rows.length === 0 ? true : undefined;
  });
}

/** Clears all state of a service. */
export async function clearState(adminUrl: string, service: string): Promise<void> {
  const keys = await query<{ service_key: string }>(
    adminUrl,
    `select distinct service_key from state where service_name = '${service}'`,
  );
  for (const { service_key } of keys) {
    const nothing = { object_key: service_key, new_state: {} };
    await admin(adminUrl, "POST", `/services/${service}/state`, nothing);
  }
}

/** Kills and removes a service's invocations; resolves when none is left. */
export async function removeInvocations(adminUrl: string, service: string): Promise<void> {
  const left = `select id, status from sys_invocation where target_service_name = '${service}'`;
  await waitFor(`the end of the invocations of ${service}`, 20_000, async () => {
    const rows = await query<{ id: string; status: string }>(adminUrl, left);
    for (const { id, status } of rows) {
      const what = status === "completed" ? "purge" : "kill";
      await fetch(`${adminUrl}/invocations/${id}/${what}`, { method: "PATCH" });
    }
    return rows.length === 0 ? true : undefined;
  });
}

/** Puts a service in a mode. Registering it again puts it back to normal. */
export async function setMode(adminUrl: string, service: string, mode: Mode): Promise<void> {
  await setInactivityTimeout(adminUrl, service, inactivityTimeout[mode]);
}

/**
 * Sets how long an invocation may wait before Restate suspends it.
 *
 * @param timeout for example `50ms`; `0s` is the mode always-replay
 */
export async function setInactivityTimeout(
  adminUrl: string,
  service: string,
  timeout: string,
): Promise<void> {
  await admin(adminUrl, "PATCH", `/services/${service}`, { inactivity_timeout: timeout });
}

/** Reads a service's mode back from the server. */
export async function readMode(adminUrl: string, service: string): Promise<Mode> {
  const { inactivity_timeout } = await admin(adminUrl, "GET", `/services/${service}`);
  return /^0/.test(inactivity_timeout ?? "1m") ? "always-replay" : "normal";
}

/** An invocation's row in `sys_invocation`, without the columns that are null. */
export interface InvocationRow {
  status:
    | "pending"
    | "scheduled"
    | "ready"
    | "running"
    | "suspended"
    | "backing-off"
    | "paused"
    | "completed";
  /** The attempts so far. */
  retry_count?: number;
  last_failure?: string;
  /** When the next attempt begins, an ISO date. */
  next_retry_at?: string;
  /** How many entries its journal has. */
  journal_size?: number;
}

/** The state of an invocation now; undefined if Restate does not know it. */
export async function readInvocation(adminUrl: string, id: string) {
  const rows = await query<InvocationRow>(
    adminUrl,
    `select status, retry_count, last_failure, next_retry_at, journal_size from sys_invocation where id = '${id}'`,
  );
  return rows[0];
}

/** An invocation with its id and what was called: `HumanApprovalWorkflow/requestApproval`. */
export interface FamilyRow extends InvocationRow {
  id: string;
  target: string;
}

/** Invocations and those that they have called, in the order in which they were made. */
export function readFamilies(adminUrl: string, ids: readonly string[]): Promise<FamilyRow[]> {
  const list = ids.map((id) => `'${id}'`).join(", ");
  return query<FamilyRow>(
    adminUrl,
    `select id, target, status, retry_count, last_failure, next_retry_at, journal_size
     from sys_invocation
     where id in (${list}) or invoked_by_id in (${list}) order by created_at`,
  );
}

/** The invocation that called this one; undefined if it came from outside. */
export async function readParent(adminUrl: string, id: string): Promise<string | undefined> {
  const rows = await query<{ invoked_by_id?: string }>(
    adminUrl,
    `select invoked_by_id from sys_invocation where id = '${id}'`,
  );
  return rows[0]?.invoked_by_id;
}

/** The service that was called from outside and began the chain of calls to this invocation. */
export async function readOrigin(adminUrl: string, id: string): Promise<string | undefined> {
  const [row] = await query<{ invoked_by_id?: string; target_service_name: string }>(
    adminUrl,
    `select invoked_by_id, target_service_name from sys_invocation where id = '${id}'`,
  );
  if (row?.invoked_by_id === undefined) return row?.target_service_name;
  return readOrigin(adminUrl, row.invoked_by_id);
}

/** Ends an invocation permanently, without running its code; no error if it has already ended. */
export async function killInvocation(adminUrl: string, id: string): Promise<void> {
  await waitFor(`an answer to the kill of ${id}`, 20_000, () =>
    fetch(`${adminUrl}/invocations/${id}/kill`, { method: "PATCH" }),
  );
}

/** Makes an invocation that waits for its next attempt start it now; no error if it does not wait. */
export async function retryInvocation(adminUrl: string, id: string): Promise<void> {
  await fetch(`${adminUrl}/invocations/${id}/resume`, { method: "PATCH" });
}

/**
 * Cancels an invocation; its caller gets 409. No error if it has already ended: checks judge
 * what it did until then.
 */
export async function cancelInvocation(adminUrl: string, id: string): Promise<void> {
  await waitFor(`an answer to the cancellation of ${id}`, 20_000, async () => {
    if ((await readInvocation(adminUrl, id))?.status === "completed") return true;
    await admin(adminUrl, "PATCH", `/invocations/${id}/cancel`);
    return true;
  });
}
