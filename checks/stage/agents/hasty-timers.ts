import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import timers from "node:timers";
import promises from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Request } from "./role.ts";

/**
 * Lets timers that the code in some folders sets be over in a moment, however long they are, until this
 * process is told that its clock is right. Those of the packages that it uses stay as they are.
 */
export function hastenTimers(folders: readonly string[]): void {
  const places = folders.map((folder) => pathToFileURL(join(folder, "/")).href);
  let hasty = true;
  process.on("message", (request: Request) => {
    if (typeof request === "object" && "clockAt" in request) hasty = false;
  });

  /** The delay where the caller is not that code; hardly any where it is. */
  const hasten = (delay = 0) => {
    const { stack = "" } = new Error();
    return hasty && places.some((place) => stack.includes(place)) ? Math.min(delay, 1) : delay;
  };

  const { setTimeout: start } = timers;
  const { setTimeout: pause } = promises;
  const { timeout } = AbortSignal;
  const hastyPause: typeof pause = (delay, ...rest) => pause(hasten(delay), ...rest);
  const hastyStart = Object.assign(
    (callback: (...values: unknown[]) => void, delay?: number, ...values: unknown[]) =>
      start(callback, hasten(delay), ...values),
    { [promisify.custom]: hastyPause },
  );
  AbortSignal.timeout = (delay) => timeout(hasten(delay));
  Object.assign(globalThis, { setTimeout: hastyStart });
  Object.assign(timers, { setTimeout: hastyStart });
  Object.assign(promises, { setTimeout: hastyPause });
  syncBuiltinESMExports();
}
