import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** Source code as text with `\n` at the ends of its lines, whatever editor saved it. */
export function sourceText(content: Buffer): string {
  return content
    .toString()
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n");
}

/** Reads a file of source code as text with `\n` at the ends of its lines. */
export function readSource(path: string): string {
  return sourceText(readFileSync(path));
}

/** Imports a module by its path, which may have `#`, `%` and `?` in it. */
export function importFile<Module>(path: string): Promise<Module> {
  return import(pathToFileURL(path).href);
}
