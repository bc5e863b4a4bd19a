import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type Cluster, startCluster } from "../../checks/stage/restate/cluster.ts";
import { findEngine } from "../../checks/stage/restate/docker.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";

// In milliseconds: how long the cluster has all its nodes, and how long one node is down.
const whole = 6000;
const down = 1500;

/** Checks solutions on each kind of Restate server. */
export async function tryRuntimes(chapter: string): Promise<void> {
  await onDocker(chapter);
  await onCluster(chapter, "three nodes", async () => {});
  await onCluster(chapter, "three nodes, killed and restarted in turn", killInTurn);
}

async function onDocker(chapter: string): Promise<void> {
  try {
    await findEngine();
  } catch (error) {
    if (!(error instanceof CouldNotRun)) throw error;
    console.log(`docker: skipped. ${error.message}`);
    return;
  }
  tell("docker", await check([chapter, "--runtime", "docker"], {}));
}

async function onCluster(
  chapter: string,
  name: string,
  disturb: (cluster: Cluster, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(makeRunFolder());
  const ended = new AbortController();
  const disturbing = disturb(cluster, ended.signal);
  const checked = await check([chapter, "--runtime", "external"], {
    RESTATE_ADMIN_URL: cluster.adminUrl,
    RESTATE_INGRESS_URL: cluster.ingressUrl,
  });
  ended.abort();
  await disturbing;
  await cluster.close();
  tell(name, checked);
}

/** Kills one node after another with SIGKILL. Restarts each one before it kills the next. */
async function killInTurn({ nodes }: Cluster, signal: AbortSignal): Promise<void> {
  for (let turn = 0; ; turn++) {
    await pause(whole, undefined, { signal }).catch(() => {});
    const node = nodes[turn % nodes.length];
    if (signal.aborted || node === undefined) return;
    await node.kill();
    await pause(down);
    await node.restart();
  }
}

/** Checks the solutions of a chapter, or of all; returns whether they passed and what was printed. */
async function check(args: readonly string[], environment: Record<string, string>) {
  const script = join(root, "scripts", "check.ts");
  const child = spawn(process.execPath, [script, ...args, "--solution"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { passed: code === 0, output };
}

function tell(runtime: string, { passed, output }: { passed: boolean; output: string }): void {
  if (!passed) {
    console.log(output);
    process.exitCode = 1;
  }
  console.log(`${runtime}: ${output.match(/^\d+ passed, .*$/m)?.[0] ?? "not checked"}`);
}
