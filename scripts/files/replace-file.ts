import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { workshopFolder } from "../../checks/stage/run-folder.ts";

/**
 * Replaces a file's content, or creates the file. Whatever fails, the file has its whole old content or
 * its whole new content: the new one is written to another file first, which then takes the name. If a
 * disk refuses that, the file itself is overwritten, and restored if that fails halfway. No mode is
 * copied: some disks, such as WSL's `/mnt/c`, refuse to change modes.
 *
 * @throws the system's error, if the content cannot be written
 */
export function replaceFile(path: string, content: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  // If the path is a link, the file behind it is replaced and the link stays.
  const target = existsSync(path) ? realpathSync(path) : path;
  const draft = join(workshopFolder, `draft-${randomUUID()}`);
  try {
    mkdirSync(workshopFolder, { recursive: true });
    writeFileSync(draft, content);
    renameSync(draft, target);
  } catch {
    overwrite(target, Buffer.from(content));
  } finally {
    rmSync(draft, { force: true });
  }
}

function overwrite(path: string, content: Buffer): void {
  if (!existsSync(path)) {
    create(path, content);
    return;
  }
  const before = readFileSync(path);
  const file = openSync(path, "r+");
  try {
    write(file, content);
  } catch (error) {
    // The file still has the space for its old content, even if the disk is full.
    write(file, before);
    throw error;
  } finally {
    closeSync(file);
  }
}

function create(path: string, content: Buffer): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function write(file: number, content: Buffer): void {
  for (let done = 0; done < content.length; ) {
    done += writeSync(file, content, done, content.length - done, done);
  }
  ftruncateSync(file, content.length);
}
