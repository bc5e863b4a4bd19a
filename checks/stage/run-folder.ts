import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtEnd } from "./children.ts";

/** The root of the repo. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Where the workshop keeps what git ignores: the server's data, the folders of current runs. */
export const workshopFolder = join(root, ".workshop");

/**
 * Makes a folder for one run, in the repo, so that copies of agents find their packages. It is removed
 * when this process ends. If earlier runs were killed together with their reaper, this first removes what
 * they left: their folders, and processes whose command line names such a folder.
 */
export function makeRunFolder(): string {
  claimWorkshopFolder();
  for (const name of readdirSync(workshopFolder)) {
    const owner = name.match(/^run-(\d+)-/)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) clear(join(workshopFolder, name));
  }
  const folder = join(workshopFolder, `run-${process.pid}-${randomUUID().slice(0, 8)}`);
  // First, so that the folder is removed even if this process is killed while it makes it.
  removeAtEnd(folder);
  mkdirSync(folder);
  return folder;
}

/**
 * Makes the workshop's folder if it does not exist.
 *
 * @throws the system's error if nothing can be written in it
 */
export function claimWorkshopFolder(): void {
  mkdirSync(workshopFolder, { recursive: true });
  accessSync(workshopFolder, constants.W_OK);
}

/** Whether a process with this id exists, of any owner. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function clear(folder: string): void {
  const processes = execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" });
  for (const line of processes.split("\n")) {
    const pid = Number.parseInt(line, 10);
    if (line.includes(folder) && isRunning(pid)) process.kill(pid, "SIGKILL");
  }
  rmSync(folder, { recursive: true, force: true });
}
