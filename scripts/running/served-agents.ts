import { join } from "node:path";
import { AgentDown, type AgentProcess, startAgents } from "../../checks/stage/agents/process.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { root } from "../../checks/stage/run-folder.ts";
import type { Chapter } from "../../manifest.ts";
import { onSave } from "../files/on-save.ts";
import { existingFile } from "../learner/targets.ts";
import { say } from "../terminal/say.ts";
import type { AgentsLog } from "./agents-log.ts";

/** Running agents, always with the files as last saved. */
export interface ServedAgents {
  /** Kills their process with SIGKILL; another takes its place. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** What to serve, and what to call. */
export interface Serving {
  /** The command that serves, as typed. */
  command: string;
  chapters: readonly Chapter[];
  tree: "exercises" | "solutions";
  port: number;
  /** Added to the shell's environment. */
  environment: Record<string, string>;
  log: AgentsLog;
  /**
   * Called each time the agents are served, the first time included.
   *
   * @throws {CouldNotRun} if Restate cannot use them
   */
  onServed: () => Promise<void>;
}

/**
 * Serves the agents, and restarts them whenever a file is saved or their process ends.
 *
 * @throws {CouldNotRun} if they cannot be served the first time
 */
export async function serveAgents(serving: Serving): Promise<ServedAgents> {
  for (const chapter of serving.chapters) {
    existingFile(join(serving.tree, chapter.slug, "app.ts"), chapter);
  }
  const them = serving.tree === "solutions" ? "the solutions" : "them";
  const folders = serving.chapters.map(({ slug }) => join(root, serving.tree, slug));
  let live: AgentProcess | undefined;
  let stopped = false;
  let turn = Promise.resolve();

  async function start(): Promise<void> {
    // If loading fails, the process prints a stack. The error itself says it in one line.
    let early: string | undefined = "";
    const started = await startAgents({
      folders,
      services: { but: [] },
      port: serving.port,
      hastyTimers: false,
      edits: {},
      environment: { ...(process.env as Record<string, string>), ...serving.environment },
      onOutput: (text) => {
        if (early === undefined) serving.log.onPrinted(text);
        else early += text;
      },
      onLogged: serving.log.onLogged,
    });
    if (early !== "") serving.log.onPrinted(early);
    early = undefined;
    live = started;
    started.ended.then((how) => {
      if (live !== started || stopped) return;
      live = undefined;
      say("agents", `${how.replace(/\.?$/, ".")} Starting ${them} again.`);
      inTurn(restart);
    });
    const whose = serving.tree === "solutions" ? ", with the solutions, not your exercises" : "";
    say("agents", `http://localhost:${serving.port}${whose}`);
    await serving.onServed();
  }

  async function restart(): Promise<void> {
    const retired = live;
    live = undefined;
    await retired?.kill();
    if (stopped) return;
    try {
      await start();
    } catch (error) {
      if (!(error instanceof AgentDown || error instanceof CouldNotRun)) throw error;
      say("agents", error.message);
      say("", "Fix it and save: they start again by themselves.");
    }
  }

  function inTurn(next: () => Promise<void>): void {
    turn = turn.then(next);
  }

  try {
    await start();
  } catch (error) {
    if (!(error instanceof AgentDown)) throw error;
    throw new CouldNotRun(error.message, `Fix it, then: ${serving.command}`);
  }
  const stopWatching = onSave([...folders, join(root, "exercises", "world")], () => {
    say("agents", `saved: starting ${them} again`);
    inTurn(restart);
  });
  return {
    kill: async () => live?.kill(),
    stop: async () => {
      stopped = true;
      stopWatching();
      await turn;
      await live?.kill();
    },
  };
}
