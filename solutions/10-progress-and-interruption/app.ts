import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import { codingAgent, codingTask } from "./coding-agent.ts";

export const services = [codingAgent, codingTask];

// `npx node app.ts` serves these agents to a Restate server on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
