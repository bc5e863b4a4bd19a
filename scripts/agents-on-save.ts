import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { AgentDown, type AgentProcess, startAgents } from "../checks/stage/agents/process.ts";
import { root } from "../checks/stage/run-folder.ts";
import type { Chapter } from "../manifest.ts";

/** Agents that are served until they are stopped, from the files as last saved. */
export interface ServedAgents {
  stop(): Promise<void>;
}

/** What to serve, and whom to tell. */
export interface Serving {
  chapters: readonly Chapter[];
  tree: "exercises" | "solutions";
  port: number;
  environment: Record<string, string>;
  say: (who: string, what: string) => void;
  /** Is called each time the agents are served, the first time included. */
  onServed: () => Promise<void>;
}

/**
 * Serves the agents, and again whenever a file is saved or their process ends.
 *
 * @throws {AgentDown} where they cannot be served the first time
 */
export async function serveOnSave(serving: Serving): Promise<ServedAgents> {
  const { say } = serving;
  const folders = serving.chapters.map(({ slug }) => join(root, serving.tree, slug));
  let live: AgentProcess | undefined;
  let stopped = false;
  let saved: NodeJS.Timeout | undefined;
  let turn = Promise.resolve();

  async function start(): Promise<void> {
    const started = await startAgents({
      folders,
      port: serving.port,
      environment: serving.environment,
      onOutput: prefixed,
    });
    live = started;
    started.ended.then((how) => {
      if (live !== started || stopped) return;
      live = undefined;
      say("agents", `${how} Starting them again.`);
      inTurn(restart);
    });
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
      if (!(error instanceof AgentDown)) throw error;
      say("agents", `${error.message} Mend it and save: they start again by themselves.`);
    }
  }

  function inTurn(next: () => Promise<void>): void {
    turn = turn.then(next);
  }

  await start();
  // An editor writes a file in several goes.
  const watchers: FSWatcher[] = [...folders, join(root, "exercises", "world")].map((folder) =>
    watch(folder, { recursive: true }, () => {
      clearTimeout(saved);
      saved = setTimeout(() => {
        say("agents", "saved: starting them again");
        inTurn(restart);
      }, 100);
    }),
  );
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(saved);
      for (const watcher of watchers) watcher.close();
      await turn;
      await live?.kill();
    },
  };
}

function prefixed(text: string): void {
  for (const line of text.replace(/\n$/, "").split("\n")) console.log(`agents | ${line}`);
}
