import { showAgentsLog } from "./running/agents-log.ts";
import { choosePort } from "./running/ports.ts";
import { serveAgents } from "./running/served-agents.ts";
import { openSurroundings } from "./running/surroundings.ts";
import { chaptersAskedFor, readCommand, runCommand } from "./terminal/command.ts";
import { say } from "./terminal/say.ts";
import { untilStopped } from "./terminal/until-stopped.ts";

const command = "npm run dev";

await runCommand(async () => {
  const { words, switches, values } = readCommand(
    command,
    {
      words: ["chapter"],
      switches: ["solution", "verbose"],
      values: ["agents-port", "model-port", "world-port", "traces-port"],
    },
    process,
  );
  const chapters = chaptersAskedFor(words[0] ?? "all");
  const agentsPort = await choosePort("agents-port", values, command);
  const modelPort = await choosePort("model-port", values, command);
  const worldPort = await choosePort("world-port", values, command);
  const tracesPort = await choosePort("traces-port", values, command);

  await untilStopped(async (closeLater) => {
    const surroundings = await openSurroundings(
      { model: modelPort, world: worldPort, traces: tracesPort, ingress: 8080 },
      say,
    );
    closeLater(() => surroundings.close());
    const agents = await serveAgents({
      command,
      chapters,
      tree: switches.solution ? "solutions" : "exercises",
      port: agentsPort,
      environment: surroundings.environment,
      log: showAgentsLog({
        adminUrl: "http://127.0.0.1:9070",
        verbose: switches.verbose,
        note: () => {},
      }),
      onServed: async () => {},
    });
    closeLater(() => agents.stop());
    console.log(`
Restate does not know these agents yet. Start restate-server, then register the agents in its UI,
http://localhost:9070, or with its admin API:
  curl localhost:9070/deployments --json '{"uri": "http://localhost:${agentsPort}"}'
Ctrl-C stops the agents.`);
  });
});
