// files/: how files are read, written, copied and watched, whatever is in them.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Copies a file, or a folder with all that is below it, by content alone: modes are not copied, which
 * some disks refuse, as WSL's `/mnt/c` does.
 */
export function copyFiles(from: string, to: string): void {
  if (statSync(from).isDirectory()) {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) copyFiles(join(from, name), join(to, name));
  } else {
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from));
  }
}
