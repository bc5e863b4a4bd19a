import { connect, createServer, type ServerHttp2Stream } from "node:http2";
import { expect, test } from "vitest";
import { listenOnLoopback } from "../loopback.ts";
import { startRouter } from "./router.ts";

test("a call whose process goes before it answers fails, and is not answered with nothing", async () => {
  const agents = createServer();
  const called = new Promise<void>((resolve) => agents.on("stream", () => resolve()));
  const listening = await listenOnLoopback(agents, 0);
  const router = await startRouter("127.0.0.1", {
    parentOf: async () => undefined,
    dueAt: async () => undefined,
  });
  const entrance = router.openEntrance();
  entrance.pointAt(Number(new URL(listening.url).port));
  entrance.claim("inv_1");

  const restate = connect(router.url);
  const call = restate.request(
    { ":method": "POST", ":path": "/invoke/S/run", "x-restate-invocation-id": "inv_1" },
    { endStream: true },
  );
  const answered: unknown[] = [];
  call.on("response", (headers) => answered.push(headers));
  const failed = new Promise<Error>((resolve) => call.on("error", resolve));
  await called;
  entrance.pointAt(undefined);

  expect(await failed).toBeInstanceOf(Error);
  expect(answered).toEqual([]);

  restate.destroy();
  entrance.close();
  await Promise.all([router.close(), listening.close()]);
});

test("an invocation reaches the agents of the one that began the chain of calls to it", async () => {
  const agents = createServer();
  agents.on("stream", (stream: ServerHttp2Stream) =>
    stream.respond({ ":status": 200 }, { endStream: true }),
  );
  const listening = await listenOnLoopback(agents, 0);
  const callers = new Map([
    ["inv_3", "inv_2"],
    ["inv_2", "inv_1"],
  ]);
  const asked: string[] = [];
  const router = await startRouter("127.0.0.1", {
    parentOf: async (invocation) => {
      asked.push(invocation);
      return callers.get(invocation);
    },
    dueAt: async () => undefined,
  });
  const entrance = router.openEntrance();
  entrance.pointAt(Number(new URL(listening.url).port));
  entrance.claim("inv_1");

  const restate = connect(router.url);
  const statusOf = (invocation: string) =>
    new Promise((resolve, reject) => {
      restate
        .request(
          { ":method": "POST", ":path": "/invoke/S/run", "x-restate-invocation-id": invocation },
          { endStream: true },
        )
        .on("response", (headers) => resolve(headers[":status"]))
        .on("error", reject)
        .resume();
    });
  expect(await statusOf("inv_3")).toBe(200);
  expect(await statusOf("inv_2")).toBe(200);
  // What was learned about a caller is not asked again.
  expect(asked).toEqual(["inv_3", "inv_2"]);

  restate.destroy();
  entrance.close();
  await Promise.all([router.close(), listening.close()]);
});
