import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import humanClaimApprovalAgent from "./agent.ts";
import humanClaimApprovalWithTimeoutsAgent from "./agent-with-timeout.ts";

export const services = [humanClaimApprovalAgent, humanClaimApprovalWithTimeoutsAgent];

// Run by hand (`node app.ts`), this chapter serves its agents to Restate on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
