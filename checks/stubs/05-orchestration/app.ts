import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import { eligibilityAgent, fraudCheckAgent } from "#world/specialists.ts";
import multiAgentClaimApproval from "./multi-agent.ts";
import subWorkflowClaimApprovalAgent, { humanApprovalWorkflow } from "./sub-workflow-agent.ts";

export const services = [
  subWorkflowClaimApprovalAgent,
  humanApprovalWorkflow,
  multiAgentClaimApproval,
  eligibilityAgent,
  fraudCheckAgent,
];

// `npx node app.ts` serves these agents to a Restate server on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
