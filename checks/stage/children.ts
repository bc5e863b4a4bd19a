import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

// The reaper outlives this process, however that ends. At the end of its input it kills the children that
// have not ended, and removes the folders that it was told about. It may not know the id of a child that
// started at the last moment. It finds such a child if its command line names one of the folders.
const reaperScript = `
pids=" "
while read -r verb what; do
  case $verb in
    started) pids="$pids$what " ;;
    ended) case $pids in *" $what "*) pids="\${pids%% $what *} \${pids#* $what }" ;; esac ;;
    folder) set -- "$@" "$what" ;;
  esac
done
for pid in $pids; do kill -9 "-$pid"; done
for folder in "$@"; do
  ps -axo pid=,command= | while read -r pid command; do
    case $command in *"$folder"*) kill -9 "$pid" ;; esac
  done
  rm -rf "$folder"
done
`;

let reaper: Writable | undefined;

function tellReaper(line: string): void {
  if (reaper === undefined) {
    const shell = spawn("/bin/sh", ["-c", reaperScript, "reaper"], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    shell.unref();
    reaper = shell.stdin;
    (reaper as Writable & { unref(): void }).unref();
  }
  reaper.write(`${line}\n`);
}

/**
 * Starts a child process that cannot outlive this one, even if this one is killed. It has its own process
 * group, so Ctrl-C does not reach it. This process ends its children in the right order.
 */
export function startChild(
  command: string,
  args: string[],
  options: Omit<SpawnOptions, "detached">,
): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    tellReaper(`started ${pid}`);
    child.once("exit", () => {
      // What it has started may outlive it.
      killGroup(child);
      tellReaper(`ended ${pid}`);
    });
  }
  return child;
}

/** Kills a child and what it has started with SIGKILL, and waits until the child is gone. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, "exit");
  killGroup(child);
  await gone;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

/** Sends SIGTERM to a child, and kills it if it has not ended after `patience` milliseconds. */
export async function endChild(child: ChildProcess, patience: number): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), patience);
  await gone;
  clearTimeout(impatience);
}

/** Whether a child has exited, was killed, or never started. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Removes a folder when this process has ended, however it ends. */
export function removeAtEnd(folder: string): void {
  tellReaper(`folder ${folder}`);
}
