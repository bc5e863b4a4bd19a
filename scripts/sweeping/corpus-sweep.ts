import { createServer } from "node:http";
import { join } from "node:path";
import { styleText } from "node:util";
import { cleanEnvironment } from "../../checks/stage/environment.ts";
import { readText } from "../../checks/stage/http.ts";
import { type LoopbackServer, listenOnLoopback } from "../../checks/stage/loopback.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { faulty } from "./corpus/faulty.ts";
import { right } from "./corpus/right.ts";
import { sweepService } from "./service-sweep.ts";
import { didHarm } from "./told-harm.ts";

/** The names of the services, those with a planted fault and those without. */
export const corpus = { faulty: Object.keys(faulty), right: Object.keys(right) };

/** What a sweep said of a service of the corpus. */
export interface Verdict {
  name: string;
  /** Whether it found a fault where one is planted, or none where none is. */
  isRight: boolean;
  points: number;
}

/**
 * Sweeps services of the corpus, one after another, and prints a line for each.
 *
 * @param names all, or some of `corpus`
 */
export async function sweepCorpus(names: readonly string[]): Promise<Verdict[]> {
  const outside = await openOutside();
  const verdicts: Verdict[] = [];
  for (const name of names) verdicts.push(await sweepOne(name, outside.url));
  await outside.close();
  return verdicts;
}

async function sweepOne(name: string, outsideUrl: string): Promise<Verdict> {
  const printed: string[] = [];
  const { swept } = await sweepService(
    {
      command: {
        line: `exec "${process.execPath}" "${join(root, "scripts/sweeping/corpus/serve.ts")}" ${name}`,
        folder: root,
        port: undefined,
      },
      environment: cleanEnvironment({ OUTSIDE_URL: outsideUrl, LOCKS: makeRunFolder() }),
      call: "Subject/run",
      input: undefined,
      resolve: name === "an-approval" ? '"yes"' : undefined,
      ignore: [],
      say: (line) => printed.push(line),
    },
    (line) => printed.push(line),
  );
  const found = swept.some(didHarm);
  const isRight = found === corpus.faulty.includes(name);
  const points = swept.filter(({ point }) => point !== undefined).length;
  const said = found ? "a fault" : "no fault";
  console.log(`${isRight ? styleText("green", "✓") : styleText("red", "✗")} ${name}: ${said}`);
  if (!isRight) console.log(printed.join("\n"));
  return { name, isRight, points };
}

/** What the services call. A job is done at the third look, and one address fails once. */
async function openOutside(): Promise<LoopbackServer> {
  const asked = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const { url: path = "/" } = incoming;
    await readText(incoming);
    const times = (asked.get(path) ?? 0) + 1;
    asked.set(path, times);
    if (path === "/unsteady" && times === 1) outgoing.writeHead(503);
    outgoing.end(path === "/job" ? (times < 3 ? "pending" : "done") : `${path} is fine`);
  });
  return listenOnLoopback(server, 0);
}
