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

// `npx node app.ts` serves these agents to a Restate server on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
