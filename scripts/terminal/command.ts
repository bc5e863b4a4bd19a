// terminal/: reads a command's words and flags, prints its errors, and ends it, whatever the command is.

import { parseArgs } from "node:util";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { type Chapter, chapters } from "../../manifest.ts";
import { callThisMachineDirectly } from "./proxies.ts";
import { asSystemTrouble } from "./system-trouble.ts";

/** What a command takes: words, flags without a value, and flags with a value. */
export interface Usage<Switch extends string, Value extends string> {
  /** What each word means, in order: `chapter`. */
  words: readonly string[];
  switches: readonly Switch[];
  values: readonly Value[];
}

/** What a command was asked to do. */
export interface Asked<Switch extends string, Value extends string> {
  words: string[];
  switches: Record<Switch, boolean>;
  values: Partial<Record<Value, string>>;
}

/**
 * Reads the words and flags that a command was given.
 *
 * npm takes flags that come without `--` and puts `npm_config_NAME` into the environment. A switch is
 * read from there. A flag with a value is refused, because npm may have left its value among the words.
 *
 * @param command as you type it: `npm run check`
 * @param given the process, or an object with its arguments and environment
 * @throws {CouldNotRun} for a word too many, for an unknown flag, or for a flag with a value that npm took
 */
export function readCommand<Switch extends string, Value extends string>(
  command: string,
  usage: Usage<Switch, Value>,
  given: Pick<NodeJS.Process, "argv" | "env">,
): Asked<Switch, Value> {
  const { flags, positionals } = parse(command, usage, given.argv.slice(2));
  const swallowed = (name: string) => given.env[`npm_config_${name.replaceAll("-", "_")}`];
  for (const name of usage.values) refuseSwallowed(command, name, swallowed(name), positionals);
  const extra = positionals[usage.words.length];
  if (extra !== undefined) {
    const shape = [command, ...usage.words.map((word) => `[${word}]`)].join(" ");
    throw new CouldNotRun(`"${extra}" is one word too many.`, `Type: ${shape}`);
  }

  const switches = usage.switches.map((name) => [
    name,
    flags[name] === true || swallowed(name) === "true",
  ]);
  const values = usage.values.flatMap((name) => (flags[name] ? [[name, flags[name]]] : []));
  return {
    words: positionals,
    switches: Object.fromEntries(switches),
    values: Object.fromEntries(values),
  };
}

function parse(command: string, usage: Usage<string, string>, args: string[]) {
  const options = Object.fromEntries([
    ...usage.switches.map((name) => [name, { type: "boolean" as const }]),
    ...usage.values.map((name) => [name, { type: "string" as const }]),
  ]);
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { flags: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    const [reason] = (error as Error).message.split(". ");
    throw new CouldNotRun(`${reason}.`, `Flags of ${command}: ${listFlags(usage)}`);
  }
}

function listFlags({ switches, values }: Usage<string, string>): string {
  const all = [...switches.map((name) => `--${name}`), ...values.map((name) => `--${name} …`)];
  return all.length === 0 ? "none." : `${all.join(", ")}.`;
}

function refuseSwallowed(
  command: string,
  name: string,
  taken: string | undefined,
  words: string[],
): void {
  if (taken === undefined || taken === "") return;
  const [value, rest] =
    taken === "true" ? [words.at(-1) ?? "…", words.slice(0, -1)] : [taken, words];
  throw new CouldNotRun(
    `npm took --${name} for itself, because it came without \`--\`.`,
    `Type: ${[command, ...rest].join(" ")} -- --${name} ${value}`,
  );
}

/**
 * The chapters that a word asks for: a number or a folder's name, or `all`.
 *
 * @throws {CouldNotRun} if there is no such chapter
 */
export function chaptersAskedFor(word: string): readonly Chapter[] {
  if (word === "all") return chapters;
  const chapter = chapters.find(
    ({ number, slug }) => number === word.padStart(2, "0") || slug === word,
  );
  if (chapter) return [chapter];
  const known = chapters.map(({ number, title }) => `${number} (${title})`).join(", ");
  throw new CouldNotRun(`There is no chapter "${word}".`, `There are: ${known}, and all.`);
}

/**
 * Reads a word as a number, as after `--seed`.
 *
 * @param flag the flag before the word
 * @throws {CouldNotRun} if the word is not a number of up to nine digits
 */
export function readNumber(flag: string, word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new CouldNotRun(`--${flag} takes a number, not "${word}".`, `For example: --${flag} 4711`);
}

/**
 * Runs a command and ends the process. If the command could not run, prints in two lines why and what to
 * do, with exit code 2.
 */
export async function runCommand(command: () => Promise<void>): Promise<never> {
  // If a reader such as `head` has closed the pipe, it has seen enough.
  process.stdout.on("error", () => process.exit());
  callThisMachineDirectly();
  try {
    await command();
  } catch (error) {
    tellTrouble(error);
    process.exitCode = 2;
  }
  process.exit();
}

/**
 * Prints in two lines what could not be done and what to do.
 *
 * @throws the error itself, if it is any other error: that is a fault of the workshop and needs its stack
 */
export function tellTrouble(error: unknown): void {
  const told = error instanceof CouldNotRun ? error : asSystemTrouble(error);
  if (told === undefined) throw error;
  console.error(`${told.message}\n${told.remedy}`);
}
