import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import { eligibilityAgent, fraudCheckAgent, rateComparisonAgent } from "#world/specialists.ts";
import parallelAgentClaimApproval from "./parallel-agents.ts";
import parallelToolClaimAgent from "./parallel-tools-agent.ts";
import racingClaimAgents from "./racing-agents.ts";

export const services = [
  parallelToolClaimAgent,
  parallelAgentClaimApproval,
  racingClaimAgents,
  eligibilityAgent,
  rateComparisonAgent,
  fraudCheckAgent,
];

// Run by hand (`node app.ts`), this chapter serves its agents to Restate on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
