// sweeping/: runs agents again and again, each time with other failures: sweeps and storms.

import type { AnyService } from "../../checks/stage/any-service/any-theatre.ts";
import { compileCache } from "../../checks/stage/compile-cache.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type Asked, readNumber } from "../terminal/command.ts";
import { outputFlags } from "./written-results.ts";

/** The flags for a sweep of any service. */
export const serviceFlags = [
  ...(["command", "call", "input", "resolve", "port", "ignore"] as const),
  ...outputFlags,
];

const example = `npm run sweep -- --command "node my-agent.ts" --call WeatherAgent/run --input '{"prompt": "…"}'`;

/**
 * Reads which service to sweep; undefined if no command is given.
 *
 * @throws {CouldNotRun} if flags do not fit together, or a value is not what it must be
 */
export function serviceAskedFor({
  words,
  switches,
  values,
}: Asked<"mine", "dir" | (typeof serviceFlags)[number]>): AnyService | undefined {
  const { command, call, input, resolve, port, ignore } = values;
  if (command === undefined) {
    const alone = serviceFlags.find((name) => values[name] !== undefined);
    if (alone === undefined) return undefined;
    throw new CouldNotRun(`--${alone} needs --command.`, `For example: ${example}`);
  }
  if (words[0] !== undefined || switches.mine || values.dir !== undefined) {
    throw new CouldNotRun(
      "An exercise and --command are two different things to sweep.",
      `Name one of them. For example: ${example}`,
    );
  }
  if (call === undefined) {
    throw new CouldNotRun("--command needs --call.", `For example: ${example}`);
  }
  for (const [flag, text] of Object.entries({ input, resolve })) expectJson(flag, text);
  return {
    command: {
      line: command,
      folder: process.env.INIT_CWD ?? process.cwd(),
      port: port === undefined ? undefined : readNumber("port", port),
    },
    environment: environmentOfShell(),
    call: call.replace(/^\//, ""),
    input,
    resolve,
    ignore: ignore?.split(",") ?? [],
    say: console.log,
  };
}

function expectJson(flag: string, text: string | undefined): void {
  try {
    if (text !== undefined) JSON.parse(text);
  } catch {
    throw new CouldNotRun(
      `--${flag} takes JSON, not ${text}`,
      `For example: --${flag} '{"prompt": "…"}', or --${flag} '"text"'`,
    );
  }
}

/** The shell's variables, without npm's. Node keeps compiled code, so that a process starts sooner. */
function environmentOfShell(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    NODE_COMPILE_CACHE: compileCache,
  };
}
