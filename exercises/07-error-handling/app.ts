import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import failOnTerminalErrorAgent from "./fail-on-terminal-tool-agent.ts";
import retryBudgetAgent from "./retry-budget-agent.ts";
import stopOnTerminalErrorAgent from "./stop-on-terminal-tool-agent.ts";

export const services = [failOnTerminalErrorAgent, stopOnTerminalErrorAgent, retryBudgetAgent];

// `npx node app.ts` serves these agents to a Restate server on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
