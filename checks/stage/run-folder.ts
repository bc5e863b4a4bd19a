import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtEnd } from "./children.ts";

/** The root of the repo. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Where the workshop keeps what git ignores: the server's data, runs under way. */
export const workshopFolder = join(root, ".workshop");

/**
 * Makes a folder for one run, in the repo so that copies of agents find their packages, removed
 * when this process ends. First clears away what runs left behind that were killed together with
 * their reaper: their folders, and processes whose command line names such a folder.
 */
export function makeRunFolder(): string {
  claimWorkshopFolder();
  for (const name of readdirSync(workshopFolder)) {
    const owner = name.match(/^run-(\d+)-/)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) clear(join(workshopFolder, name));
  }
  const folder = join(workshopFolder, `run-${process.pid}-${randomUUID().slice(0, 8)}`);
  // First, so that it goes even where this process is killed as it makes it.
  removeAtEnd(folder);
  mkdirSync(folder);
  return folder;
}

/**
 * Makes the workshop's folder where it is not there yet.
 *
 * @throws the system's error, where nothing can be written in it
 */
export function claimWorkshopFolder(): void {
  mkdirSync(workshopFolder, { recursive: true });
  accessSync(workshopFolder, constants.W_OK);
}

/** Whether there is a process of that id, whoever's it is. */
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
