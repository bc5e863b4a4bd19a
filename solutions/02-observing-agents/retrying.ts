/** A step that has failed and is retried. */
export interface Retrying {
  invocation: string;
  /** The service and handler: `ObservedWeatherAgent/run`. */
  target: string;
  /** The name that the code has given it. */
  step?: string;
  /** When it first failed, an ISO date. */
  since?: string;
  attempts: number;
  why: string;
}

// What is running and has failed before, and what Restate has recorded about the failing step.
const whichStepIsRetrying = `
  select i.id as invocation, i.target, i.retry_count as attempts, i.last_failure as why,
         i.last_failure_related_command_name as step, min(e.appended_at) as since
  from sys_invocation i
  left join sys_journal_events e
    on e.id = i.id and e.after_journal_entry_index >= i.last_failure_related_command_index
  where i.last_failure is not null and i.status <> 'completed'
  group by i.id, i.target, i.retry_count, i.last_failure, i.last_failure_related_command_name`;

/** Asks a Restate server's admin API which steps are retrying, since when, and why. */
export async function findRetrying(adminUrl: string): Promise<Retrying[]> {
  const response = await fetch(`${adminUrl}/query`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: whichStepIsRetrying }),
  });
  if (!response.ok) throw new Error(await response.text());
  const { rows } = (await response.json()) as { rows: Retrying[] };
  return rows;
}

// Run by hand (`npx node retrying.ts`), it asks the Restate server on this machine.
if (import.meta.main) {
  const adminUrl = `http://localhost:${process.env.ADMIN_PORT ?? 9070}`;
  const retrying = await findRetrying(adminUrl);
  for (const {
    target,
    step = "a step without a name",
    since,
    attempts,
    why,
    invocation,
  } of retrying) {
    console.log(`${target}, ${invocation}`);
    console.log(`  retrying  ${step}`);
    console.log(`  since     ${since ?? "the first failure"}, ${attempts} attempts`);
    console.log(`  why       ${why.split("\n")[0]}`);
  }
  if (retrying.length === 0) console.log("Nothing is retrying.");
}
