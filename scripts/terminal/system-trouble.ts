import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";

/** What to do about an error from the system; undefined if it is another error. */
export function asSystemTrouble(error: unknown): CouldNotRun | undefined {
  const { code, message, path = root, port } = error as NodeJS.ErrnoException & { port?: number };
  switch (code) {
    case "EACCES":
    case "EPERM":
      return (
        otherOwner(path) ?? new CouldNotRun(`${message}.`, "In this folder, type: chmod -R u+rwX .")
      );
    case "EROFS":
      return new CouldNotRun(`${message}.`, "Copy the workshop to a disk where you may write.");
    case "ENOSPC":
    case "EDQUOT":
      return new CouldNotRun(`${message}.`, "Make room for 1 GB on the disk that has this folder.");
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
      return new CouldNotRun(`${message}.`, "Rename what is there, then type the command again.");
    case "EADDRINUSE":
      return new CouldNotRun(
        `Port ${port} is in use.`,
        "Stop what listens there, then type the command again.",
      );
    default:
      return undefined;
  }
}

/**
 * If this whole folder or a path belongs to somebody else, as after `sudo npm install`: who owns it, and
 * what to do.
 */
export function otherOwner(path: string): CouldNotRun | undefined {
  return ownerTrouble(root, "This folder") ?? ownerTrouble(path, path.replace(`${root}/`, ""));
}

function ownerTrouble(path: string, what: string): CouldNotRun | undefined {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const own = process.getuid?.();
  if (own === undefined || owner === undefined || own === 0 || own === owner) return undefined;
  const name = owner === 0 ? "root" : `user ${owner}`;
  return new CouldNotRun(
    `${what} belongs to ${name}, and you are ${nameOfUser()}: you may not write to it.`,
    "Type, in this folder: sudo chown -R $USER .",
  );
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`;
  }
}
