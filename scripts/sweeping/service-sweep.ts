import { type AnyService, openAnyService } from "../../checks/stage/any-service/any-theatre.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type Swept, sweep } from "../../checks/stage/sweep.ts";
import { didHarm, HarmTeller, type ServiceSweep, summarize } from "./told-harm.ts";
import { expectFolders, type OutputFiles, writeResults } from "./written-results.ts";

/**
 * Sweeps any service with crashes, on a Restate server of its own.
 *
 * @param print receives each harmful crash at once, and at the end what was counted
 * @throws {CouldNotRun} if the service cannot be swept
 */
export async function sweepService(
  service: AnyService,
  print: (text: string) => void,
): Promise<ServiceSweep> {
  const theatre = await openAnyService(service);
  const swept: Swept[] = [];
  const teller = new HarmTeller(print);
  const { call } = service;
  const began = performance.now();
  let calmTook = 0;
  try {
    const subject = { theatre, run: theatre.run, kills: ["agent"] } as const;
    const leftOut = await sweep(subject, (each) => {
      if (swept.length === 0) {
        expectEnd(each, service);
        calmTook = performance.now() - began;
        theatre.calmRunTook(calmTook);
        print(describeCalm(each, service, calmTook));
      }
      swept.push(each);
      teller.tell(call, each);
    });
    const took = performance.now() - began - calmTook;
    const perRun = Math.round(took / Math.max(1, swept.length - 1));
    print(`\n${summarize(swept, leftOut)} (${perRun} ms a run)`);
    return { call, swept, leftOut };
  } finally {
    await theatre.close();
  }
}

/**
 * Sweeps any service, prints what it finds, and writes it to the files that were asked for. Fails if a crash
 * does harm, or a call is made outside any step.
 *
 * @throws {CouldNotRun} if the service cannot be swept
 */
export async function sweepAndWrite(service: AnyService, files: OutputFiles): Promise<void> {
  expectFolders(files);
  const sweep = await sweepService(service, console.log);
  writeResults(sweep, files);
  process.exitCode = sweep.swept.some(didHarm) ? 1 : 0;
}

function expectEnd({ outcome }: Swept, { call, resolve }: AnyService): void {
  if (outcome.kind !== "stuck") return;
  const [why = ""] = outcome.why.split("\n");
  throw new CouldNotRun(
    `${call} never ends, although nothing is killed: ${why}`,
    resolve === undefined
      ? "Fix this first. If it waits for an awakeable, add --resolve with the answer: --resolve true"
      : "Fix this first: a sweep compares each run with one that ends.",
  );
}

/** `WeatherAgent/run without a kill: answered, 3 calls, 251 ms`, and what to do if that is not enough. */
function describeCalm({ outcome, events }: Swept, { call }: AnyService, took: number): string {
  const calls = new Set(events.flatMap((event) => (event.kind === "call" ? event.call : []))).size;
  const counted = `${calls} call${calls === 1 ? "" : "s"}`;
  return [
    `${call} without a kill: ${outcome.kind}, ${counted}, ${Math.round(took)} ms`,
    ...(outcome.kind === "failed" ? [`It failed with ${outcome.code}: ${outcome.message}`] : []),
    ...(calls === 0
      ? ["A sweep sees only calls that follow the variables HTTP_PROXY and HTTPS_PROXY."]
      : []),
  ].join("\n");
}
