// Preloaded into an agent's process: timers that the agent's own code sets are over in a moment, however
// long they are, until the process is told that its clock is right. Those of the packages that it uses
// stay as they are.
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import timers from "node:timers";
import promises from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Request } from "./serve.ts";

const folders = process.argv.slice(4).map((folder) => pathToFileURL(join(folder, "/")).href);

let hasty = true;
process.on("message", (request: Request) => {
  if (request !== "ping") hasty = false;
});

/** The delay where the caller is not the agent's own code; hardly any where it is. */
function hasten(delay = 0): number {
  const { stack = "" } = new Error();
  return hasty && folders.some((folder) => stack.includes(folder)) ? Math.min(delay, 1) : delay;
}

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
