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
 * Puts content in place of a file's, or makes the file. Whatever fails, the file has its old content
 * or the new one, whole: the content is written elsewhere first and takes the file's name then. Where
 * a disk refuses that, the file itself is overwritten, and brought back if that fails halfway. Nothing
 * is copied with its mode, which some disks refuse, as WSL's `/mnt/c` does.
 *
 * @throws the system's error, where the content cannot be written
 */
export function replaceFile(path: string, content: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true });
  // What is behind a link is replaced, and the link stays.
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
    // Its own room is still there, also where the disk is full.
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
