import { mayBeRepeated } from "./crash-points.ts";
import type { Call } from "./events.ts";
import { type StormRun, stormError } from "./storm.ts";
import type { Play } from "./sweep.ts";
import { tellOutcome } from "./told-outcome.ts";
import { withoutIds } from "./without-ids.ts";
import type { Effect } from "./world/ledger.ts";

/** What a storm did to a run that it must not do, a few words each. */
export function harmOf(run: StormRun, calm: StormRun, { budgets = [] }: Play): string[] {
  const { outcome } = run;
  if (outcome.kind === "stuck") return [`never ended: ${outcome.why}`];
  const isCalm = withoutIds(JSON.stringify(outcome)) === withoutIds(JSON.stringify(calm.outcome));
  const mayDiffer =
    run.wasCancelled || ["model" as const, ...budgets].some((each) => run.refusedBy.has(each));
  return [
    ...(run.allEnded ? [] : ["never ended: something that the run has called"]),
    ...(isCalm || mayDiffer ? [] : [`lost the outcome: it ${tellOutcome(outcome)}`]),
    ...repeatedIn(run, calm, isCalm),
    ...unsettledIn(run, calm),
  ];
}

/** The services that got a request again although its answer was kept, or one that the calm run has not. */
function repeatedIn(run: StormRun, calm: StormRun, isCalm: boolean): string[] {
  const services = [...new Set(run.calls.map(({ service }) => service))];
  return services.flatMap((service) => {
    // A cancellation interrupts a step whose call continues. The code may then ask again with the same key.
    if (run.wasCancelled && ["booking", "repo"].includes(service)) return [];
    const [now, then] = [keptRequests(run, service), keptRequests(calm, service)];
    const again = (requests: Map<string, Call[]>) =>
      [...requests.values()].reduce((sum, calls) => sum + calls.length - 1, 0);
    const isNew = isCalm && now.size > then.size;
    return again(now) > again(then) || isNew ? [`repeated a ${service} call`] : [];
  });
}

/** The requests to a service whose answer the agent got and kept. */
function keptRequests({ calls }: StormRun, service: Call["service"]): Map<string, Call[]> {
  const kept = calls.filter(
    (call) =>
      call.service === service &&
      typeof call.outcome === "number" &&
      call.answer !== stormError &&
      !mayBeRepeated(call),
  );
  return Map.groupBy(kept, ({ asked }) => asked);
}

/** What the ledger has that must not be, whatever the outcome. */
function unsettledIn(run: StormRun, calm: StormRun): string[] {
  const had = (effect: Effect, { effects } = run) =>
    effects.flatMap((entry) => (entry.effect === effect && !entry.repeated ? entry.subject : []));
  const reserved = had("reservation");
  const confirmed = had("confirmation");
  const cancelled = had("cancellation");
  const moreThanCalm = (effect: Effect) => had(effect).length > had(effect, calm).length;
  const kinds = reserved.map((id) => id.split("-")[0]);
  const closed = had("closing");
  return [
    ...reserved.flatMap((id) => {
      if (confirmed.includes(id) && cancelled.includes(id))
        return [`confirmed and cancelled ${id}`];
      return confirmed.includes(id) || cancelled.includes(id) ? [] : [`left ${id} booked`];
    }),
    ...had("opening").flatMap((id) => (closed.includes(id) ? [] : [`left branch ${id} open`])),
    ...(new Set(kinds).size < kinds.length ? [`reserved twice: ${reserved.join(", ")}`] : []),
    ...(moreThanCalm("review") ? ["asked the reviewer again, with another id"] : []),
    ...(moreThanCalm("email") ? ["sent another e-mail"] : []),
    ...(moreThanCalm("notification") ? ["sent another notification"] : []),
    ...(run.outcome.kind === "answered" && cancelled.length > 0
      ? [`answered, and cancelled ${cancelled.join(", ")}`]
      : []),
    ...(run.outcome.kind === "failed" && !run.wasCancelled && confirmed.length > 0
      ? [`failed, and confirmed ${confirmed.join(", ")}`]
      : []),
  ];
}
