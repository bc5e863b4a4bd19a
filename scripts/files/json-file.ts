import { writeFileSync } from "node:fs";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";

/**
 * Writes a value to the file that `--json` names.
 *
 * @throws {CouldNotRun} if the file cannot be written
 */
export function writeJson(path: string, value: unknown): void {
  try {
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw new CouldNotRun(
      `The results cannot be written: ${(error as Error).message}.`,
      "Name a file in a folder that exists: --json results.json",
    );
  }
}
