import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import timers from "node:timers";
import promises from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Request } from "./role.ts";

/**
 * Makes timers that code in some folders sets end after at most a millisecond, until this process is told
 * to put its clock forward. It looks for the folders in the stack. So it also shortens timers that
 * packages set when this code calls them.
 */
export function hastenTimers(folders: readonly string[]): void {
  const places = folders.map((folder) => pathToFileURL(join(folder, "/")).href);
  let hasty = true;
  process.on("message", (request: Request) => {
    if (typeof request !== "object" || !("clock" in request)) return;
    if ("at" in request.clock) hasty = false;
  });

  /** The delay, or at most a millisecond if that code is the caller. */
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
