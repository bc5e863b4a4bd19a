// verifying/: tests the workshop itself: its checks and their proofs, its speed, its steadiness.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { EndpointOptions } from "@restatedev/restate-sdk";
import { RestateContainer, RestateTestEnvironment } from "@restatedev/restate-sdk-testcontainers";
import { killBefore } from "../../checks/stage/failures.ts";
import { reachServer } from "../../checks/stage/restate/binary.ts";
import { findEngine, imageTag } from "../../checks/stage/restate/docker.ts";
import { startServerForChecks } from "../../checks/stage/restate/for-checks.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { importFile } from "../../checks/stage/source-file.ts";
import type { Stage } from "../../checks/stage/stage.ts";
import { openTheatre } from "../../checks/stage/theatre.ts";
import { waitFor } from "../../checks/stage/wait.ts";
import { copyFiles } from "../files/copy-files.ts";
import { writeJson } from "../files/json-file.ts";

const rounds = 5;
// Milliseconds between a verdict and the next save.
const thinking = 4000;
const verdict = /\d+ passed, \d+ failed/;
let nextStage = 1;
const solution = join(root, "solutions", "01-durable-execution");

/** Measures what must be fast in the workshop, and prints the times with their ratios. */
export async function bench(json: string | undefined): Promise<void> {
  if (json) writeJson(json, {});
  const scratch = makeRunFolder();

  const coldCheck = await median(() =>
    timed(() => run("npm", ["run", "check", "01", "--", "--solution"])),
  );
  const floor = await median(() => timed(() => everythingOnce(scratch)));
  const { saveToVerdict, saveToFirstRed } = await benchSaves(scratch);
  const killToResume = await benchKills(scratch);
  const stageStart = await median(() => timedOpening(() => openStage(scratch, 0)));
  const containerStart = await benchContainer();

  console.log(`Medians of ${rounds} rounds, chapter 01's solution:`);
  console.log(`cold check: ${seconds(coldCheck)}`);
  console.log(`floor: ${seconds(floor)} (npm run, an empty vitest file, the server, the packages)`);
  console.log(`cold check / floor: ${(coldCheck / floor).toFixed(2)}`);
  console.log(`save to verdict: ${seconds(saveToVerdict)}`);
  console.log(`save to the first red line: ${seconds(saveToFirstRed)}`);
  console.log(`save to verdict / floor: ${(saveToVerdict / floor).toFixed(2)}`);
  console.log(`kill to resume: ${killToResume.toFixed(0)} ms`);
  console.log(`stage's start: ${seconds(stageStart)}`);
  console.log(
    containerStart === undefined
      ? "RestateTestEnvironment.start / stage's start: no Docker engine to compare with"
      : `RestateTestEnvironment.start / stage's start: ${(containerStart / stageStart).toFixed(2)}`,
  );
  if (json) {
    const ratio = coldCheck / floor;
    writeJson(json, {
      rounds,
      coldCheck,
      floor,
      ratio,
      saveToVerdict,
      saveToFirstRed,
      killToResume,
      stageStart,
      ...(containerStart !== undefined && { containerStart }),
    });
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

async function median(measure: () => Promise<number>): Promise<number> {
  const measured: number[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await measure());
  return medianOf(measured);
}

function medianOf(measured: readonly number[]): number {
  return measured.toSorted((a, b) => a - b)[Math.floor(measured.length / 2)] ?? Number.NaN;
}

/** How long the work took, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** @throws if the command does not end with code 0 */
async function run(command: string, args: string[], folder = root): Promise<void> {
  const child = spawn(command, args, { cwd: folder, stdio: "ignore" });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}.`);
}

/** Does everything that a check needs, once and in parallel. No cold check can be faster than this. */
async function everythingOnce(scratch: string): Promise<void> {
  const folder = join(scratch, "floor");
  mkdirSync(folder, { recursive: true });
  const script = { scripts: { nothing: "node -e 0" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(script));
  const test = 'import { test } from "vitest";\ntest("nothing", () => {});\n';
  writeFileSync(join(folder, "empty.test.mjs"), test);
  const packages = ["@restatedev/restate-sdk", "@restatedev/vercel-ai-middleware", "ai"];
  const imports = [...packages, "@ai-sdk/openai", "zod"].map((name) => `import "${name}";`);
  writeFileSync(join(folder, "packages.mjs"), imports.join("\n"));

  const server = await startServerForChecks(folder);
  await Promise.all([
    run("npm", ["run", "nothing"], folder),
    run(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", folder]),
    server.process.ready(),
    run(process.execPath, [join(folder, "packages.mjs")]),
  ]);
  await server.process.kill();
}

/** In watch mode: from a saved file to the last line of the report, and to the first red line. */
async function benchSaves(scratch: string) {
  const folder = join(scratch, "watched");
  copyFiles(solution, folder);
  const check = join(root, "scripts/check.ts");
  const child = spawn(process.execPath, [check, "01", "--watch", "--dir", relative(root, folder)], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const prints = (words: RegExp) =>
    waitFor(`${words} from a check that watches`, 60_000, async () => {
      return words.test(printed) || undefined;
    });
  await prints(verdict);
  const file = join(folder, "agent.ts");
  const right = readFileSync(file, "utf8");
  const wrong = right.replace("return text;", 'return text && "";');
  // Nobody saves again at once. During this pause, processes get ready for the next save.
  const save = async (text: string, words: RegExp) => {
    await pause(thinking);
    printed = "";
    writeFileSync(file, text);
    const took = await timed(() => prints(words));
    await prints(verdict);
    return took;
  };
  const saveToFirstRed = await median(() => save(wrong, /✗/));
  const saveToVerdict = await median(() => save(right, verdict));
  child.kill("SIGINT");
  await once(child, "close");
  return { saveToVerdict, saveToFirstRed };
}

/** Milliseconds until something is open. Then closes it again. */
async function timedOpening(open: () => Promise<{ close(): Promise<unknown> }>): Promise<number> {
  let opened: { close(): Promise<unknown> } | undefined;
  const took = await timed(async () => {
    opened = await open();
  });
  await opened?.close();
  return took;
}

/** A Restate server with an agent on it, as the checks have it. */
async function openStage(scratch: string, kills: number) {
  const server = await startServerForChecks(join(scratch, `stage-${nextStage++}`));
  const theatre = await openTheatre({
    folder: solution,
    service: "WeatherAgent",
    calls: [],
    server: reachServer(server.settings),
    seed: 1,
    stages: 2,
    kills: { agent: kills, child: 0 },
  });
  return { theatre, close: () => theatre.close().then(() => server.process.kill()) };
}

/** The same with a container instead of the process; undefined if no Docker engine answers. */
async function benchContainer(): Promise<number | undefined> {
  const there = await findEngine().then(
    () => true,
    () => false,
  );
  if (!there) return undefined;
  const { services } = await importFile<{ services: EndpointOptions["services"] }>(
    join(solution, "app.ts"),
  );
  const container = () => new RestateContainer(imageTag);
  return median(() =>
    timedOpening(async () => {
      const environment = await RestateTestEnvironment.start({ services, container });
      return { close: () => environment.stop() };
    }),
  );
}

/** From the agent's SIGKILL in its first weather call until that call is made again, in milliseconds. */
async function benchKills(scratch: string): Promise<number> {
  const { theatre, close } = await openStage(scratch, rounds);
  const measured: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await theatre.perform({
      name: `round ${round}`,
      kills: true,
      act: async (stage) => {
        measured.push(await killToResume(stage));
      },
    });
  }
  await close();
  return medianOf(measured);
}

async function killToResume(stage: Stage): Promise<number> {
  await stage.agents.spareReady();
  stage.inject(killBefore("weather", 1));
  let killed = Number.NaN;
  let resumed = Number.NaN;
  const stop = stage.listen((event) => {
    if (event.kind === "agent killed") killed = performance.now();
    if (event.kind === "call" && event.call.service === "weather" && event.call.nth === 2) {
      resumed ||= performance.now();
    }
  });
  const invocation = await stage.invoke("run", { prompt: "What is the weather like in Oslo?" });
  await invocation.outcome();
  stop();
  return resumed - killed;
}
