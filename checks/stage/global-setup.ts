import type { TestProject } from "vitest/node";
import { freePorts } from "./loopback.ts";
import { type ServerSettings, startServer } from "./restate/binary.ts";
import { makeRunFolder } from "./run-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    server: ServerSettings;
  }
}

/** Starts the Restate server that all checks of a run share, and does not wait until it is ready. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const [ingressPort = 0, adminPort = 0, nodePort = 0] = await freePorts(3);
  const settings: ServerSettings = {
    folder: makeRunFolder(),
    ingressPort,
    adminPort,
    nodePort,
    retries: { first: "10ms", longest: "50ms" },
  };
  const server = startServer(settings);
  project.provide("server", settings);
  // From the process that started vitest, on Ctrl-C: the check under way still closes its stage.
  process.once("message", async () => {
    await project.vitest.cancelCurrentRun("keyboard-input");
    await project.vitest.close();
    process.exit();
  });
  // Listening must not keep vitest from ending.
  process.channel?.unref();
  return () => server.kill();
}
