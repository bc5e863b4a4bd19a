import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../checks/stage/run-folder.ts";
import { nameOf, placeAfter } from "../learner/progress-file.ts";
import type { Target } from "../learner/targets.ts";

/** The keys of a watched check. */
export interface WatchKeys {
  /** Prints the keys; prints nothing without a terminal. */
  tell(): void;
  /** The next exercise, if the learner has asked for it. */
  readonly next: string | undefined;
  /** Whether the learner has quit with a key, which is not an interruption. */
  readonly quit: boolean;
  close(): void;
}

const ctrlC = "\u0003";

/**
 * Reads keys while checks watch exercises: h for a hint, d for the diff to the solution, n for the next
 * exercise, q to quit.
 *
 * @param stop ends the watching
 */
export function takeKeys(targets: readonly Target[], stop: () => void): WatchKeys {
  const { stdin } = process;
  const [last] = targets.slice(-1);
  if (!stdin.isTTY || last === undefined) {
    return { tell: () => {}, next: undefined, quit: false, close: () => {} };
  }
  const after = placeAfter(last);
  let next: string | undefined;
  let quit = false;
  const actions: Record<string, () => void> = {
    h: () => run("hint", wordsFor(targets)),
    d: () => run("diff", nameOf(last)),
    n: () => {
      if (after === undefined) return console.log("This is the last exercise.");
      next = nameOf(after);
      stop();
    },
    q: () => {
      quit = true;
      stop();
    },
    // In raw mode, Ctrl-C sends no signal.
    [ctrlC]: stop,
  };
  const press = (key: Buffer) => actions[key.toString()]?.();
  stdin.setRawMode(true).on("data", press).resume();
  return {
    tell: () => console.log("\nKeys: h hint, d diff to the solution, n next exercise, q quit"),
    get next() {
      return next;
    },
    get quit() {
      return quit;
    },
    close: () => {
      stdin.off("data", press).setRawMode(false).pause();
    },
  };
}

/** The words that name exercises: one exercise, a chapter, or all. */
function wordsFor(targets: readonly Target[]): string {
  const [first, ...others] = targets;
  if (first === undefined) return "all";
  if (others.length === 0) return nameOf(first);
  const isOneChapter = others.every(({ chapter }) => chapter === first.chapter);
  return isOneChapter ? first.chapter.number : "all";
}

function run(script: string, words: string): void {
  const command = [join(root, "scripts", `${script}.ts`), ...words.split(" ")];
  spawnSync(process.execPath, command, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}
