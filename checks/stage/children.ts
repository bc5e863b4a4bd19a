import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

// The reaper outlives this process, however it ends, for as long as it takes to read the end of
// its input; then it kills what was not ended and removes the folders that were named. A child that
// was started in the last moment it knows only by a command line that names such a folder.
const reaperScript = `
pids=" "
while read -r verb what; do
  case $verb in
    started) pids="$pids$what " ;;
    ended) case $pids in *" $what "*) pids="\${pids%% $what *} \${pids#* $what }" ;; esac ;;
    folder) set -- "$@" "$what" ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done
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
 * Starts a child process that cannot outlive this one, even where this one is killed. It has a
 * process group of its own, so Ctrl-C reaches it through us, in our order.
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
    child.once("exit", () => tellReaper(`ended ${pid}`));
  }
  return child;
}

/** Kills a child with SIGKILL and waits until it is gone. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Asks a child to end with SIGTERM, and kills it where it has not after `patience` milliseconds. */
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
