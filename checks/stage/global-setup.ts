import type { TestProject, Vitest } from "vitest/node";
import { type Keeper, keepBlanks } from "./agents/blanks.ts";
import { readAsked } from "./asked.ts";
import { startRuntime, type Whereabouts } from "./restate/runtime.ts";
import { makeRunFolder } from "./run-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    server: Whereabouts;
  }
}

/** Starts the Restate server that all checks of a run share, and does not wait until it is ready. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const scratch = makeRunFolder();
  const { whereabouts, stop } = await startRuntime(readAsked().runtime, scratch);
  project.provide("server", whereabouts);
  // In watch mode, processes get ready while the learner works, to serve what is saved next.
  const keeper = project.vitest.config.watch ? keepBlanks() : undefined;
  obey(project.vitest, keeper);
  return async () => {
    await keeper?.close();
    await stop();
  };
}

/** The requests of the process that started vitest, over IPC. */
export type Request = "stop" | "get ready" | { checkAgain: readonly string[] };

/** Does what the process that started vitest asks. Reruns wait for each other. */
function obey(vitest: Vitest, keeper: Keeper | undefined): void {
  let turn = Promise.resolve<unknown>(undefined);
  process.on("message", (request: Request) => {
    if (request === "stop") stopChecks(vitest);
    else if (request === "get ready") keeper?.getReady();
    else turn = turn.then(() => checkAgain(vitest, request.checkAgain));
  });
  // Listening must not keep vitest from ending.
  process.channel?.unref();
}

/** On Ctrl-C: the current check still closes its stage, and then the server ends. */
async function stopChecks(vitest: Vitest): Promise<never> {
  await vitest.cancelCurrentRun("keyboard-input");
  await vitest.close();
  process.exit();
}

async function checkAgain(vitest: Vitest, suites: readonly string[]): Promise<void> {
  await vitest.waitForTestRunEnd();
  await vitest.rerunTestSpecifications(await vitest.globTestSpecifications([...suites]));
}
