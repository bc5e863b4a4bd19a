import { createServer } from "node:http2";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import chat from "./agent.ts";

export const services = [chat];

// Run by hand (`node app.ts`), this chapter serves its agents to Restate on this machine.
if (import.meta.main) {
  createServer(createEndpointHandler({ services })).listen(9080, "127.0.0.1");
}
