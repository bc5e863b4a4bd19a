import { askWorld } from "./http.ts";

/** Opens a branch. No release can be made until it is closed. Opening it again changes nothing. */
export async function openBranch(branch: string): Promise<void> {
  await askWorld("POST", "/branches/open", { branch });
  console.log(`Branch ${branch}: opened`);
}

/** Writes a file on an open branch. It replaces what the file contained. */
export async function writeFile(branch: string, path: string, content: string): Promise<void> {
  await askWorld("POST", "/branches/write", { branch, path, content });
  console.log(`Branch ${branch}: wrote ${path}`);
}

/**
 * Closes a branch. Closing it again changes nothing. A branch that is closed stays closed, even if a request to
 * open it or to write to it arrives later.
 */
export async function closeBranch(branch: string): Promise<void> {
  await askWorld("POST", "/branches/close", { branch });
  console.log(`Branch ${branch}: closed`);
}
