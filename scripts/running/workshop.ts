import { rmSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../checks/stage/loopback.ts";
import { findBinary, reachServer, startServer } from "../../checks/stage/restate/binary.ts";
import { workshopFolder } from "../../checks/stage/run-folder.ts";
import type { Chapter } from "../../manifest.ts";
import type { Asked } from "../terminal/command.ts";
import { say } from "../terminal/say.ts";
import { untilStopped } from "../terminal/until-stopped.ts";
import { showAgentsLog } from "./agents-log.ts";
import { keepApprovals } from "./approvals.ts";
import { openBreaking } from "./breaking.ts";
import { printCommands } from "./commands.ts";
import { choosePort, type PortFlag } from "./ports.ts";
import { registerEachTime } from "./registering.ts";
import { type ServedAgents, serveAgents } from "./served-agents.ts";
import { openSurroundings } from "./surroundings.ts";
import { tracesUrlFor } from "./traces.ts";

const command = "npm start";

/**
 * Runs chapters with everything they need, until it is stopped.
 *
 * @throws {CouldNotRun} if a port is in use, or the agents cannot be served
 */
export async function startWorkshop(
  chapters: readonly Chapter[],
  asked: Pick<Asked<"fresh" | "solution" | "verbose", PortFlag>, "switches" | "values">,
): Promise<void> {
  findBinary();
  const port = (flag: PortFlag) => choosePort(flag, asked.values, command);
  const ingressPort = await port("ingress-port");
  const adminPort = await port("admin-port");
  const agentsPort = await port("agents-port");
  const modelPort = await port("model-port");
  const worldPort = await port("world-port");
  const tracesPort = await port("traces-port");

  // Two workshops on different ports keep their data apart.
  const folder = join(workshopFolder, `restate-${ingressPort}`);
  if (asked.switches.fresh) rmSync(folder, { recursive: true, force: true });

  await untilStopped(async (closeLater) => {
    const [nodePort = 0] = await freePorts(1);
    const retries = { first: "500ms", longest: "5s" } as const;
    const tracesUrl = tracesUrlFor(tracesPort);
    const ports = { ingressPort, adminPort, nodePort };
    const settings = { folder, ...ports, retries, tracesUrl, variables: {} };
    const server = startServer(settings);
    closeLater(() => server.stop());
    await server.ready();
    server.ended.then((words) => say("restate", `the server ended, and said: ${words}`));
    say(
      "restate",
      `http://localhost:${ingressPort} takes calls, UI at http://localhost:${adminPort}`,
    );

    const surroundings = await openSurroundings(
      { model: modelPort, world: worldPort, traces: tracesPort, ingress: ingressPort },
      say,
    );
    closeLater(() => surroundings.close());

    let served: ServedAgents | undefined;
    const breaking = await openBreaking({
      chapters,
      surroundings,
      ingressPort,
      adminPort,
      killAgents: async () => served?.kill(),
      killServer: async () => reachServer(settings).killAndRestart?.(),
      say,
    });
    closeLater(() => breaking.close());

    const adminUrl = `http://127.0.0.1:${adminPort}`;
    const file = join(folder, "approvals.json");
    const approvals = keepApprovals(file, { adminUrl, worldUrl: surroundings.worldUrl }, say);
    const register = registerEachTime(adminUrl, `http://127.0.0.1:${agentsPort}`, command, say);
    const agents = await serveAgents({
      command,
      chapters,
      tree: asked.switches.solution ? "solutions" : "exercises",
      port: agentsPort,
      environment: breaking.environment,
      log: showAgentsLog({ adminUrl, verbose: asked.switches.verbose, note: approvals.note }),
      onServed: async () => {
        await register();
        if (served) await approvals.sayWaiting();
      },
    });
    served = agents;
    closeLater(() => agents.stop());

    printCommands(chapters, ingressPort);
    console.log("\nCtrl-C stops everything.");
    await approvals.sayWaiting();
  });
}
