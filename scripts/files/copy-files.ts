// files/: reads, writes, copies and watches files, whatever they contain.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Copies a file, or a folder with everything below it. Copies content only: some disks, such as WSL's
 * `/mnt/c`, refuse to change modes.
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
