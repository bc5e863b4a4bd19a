import { Agent, createServer, request } from "node:http";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { listenOnLoopback } from "./loopback.ts";
import { sendOn } from "./send-on.ts";

test("a connection that the other side closes while it is idle costs no request", async () => {
  let answered = 0;
  let idle: Socket | undefined;
  const server = createServer((incoming, outgoing) => {
    answered += 1;
    idle = incoming.socket;
    outgoing.end(`answer ${answered}`);
  });
  const { port, close } = await listenOnLoopback(server, 0);
  const agent = new Agent({ keepAlive: true });
  const ask = () =>
    sendOn(request, { method: "POST", host: "127.0.0.1", port, agent }, Buffer.from("question"));

  expect((await ask()).body.toString()).toBe("answer 1");
  // The request is written in the same turn in which the connection is reset.
  idle?.resetAndDestroy();
  expect((await ask()).body.toString()).toBe("answer 2");
  agent.destroy();
  await close();
});

test("a connection that is cut during the request is an error", async () => {
  const server = createServer((incoming) => incoming.socket.destroy());
  const { port, close } = await listenOnLoopback(server, 0);
  const agent = new Agent({ keepAlive: true });
  const asked = sendOn(request, { host: "127.0.0.1", port, agent }, Buffer.alloc(0));
  await expect(asked).rejects.toThrow("socket hang up");
  agent.destroy();
  await close();
});
