import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePorts, isFree, listenOnLoopback } from "./loopback.ts";

test("free ports are all different, and free", async () => {
  const ports = [...(await freePorts(20)), ...(await freePorts(20))];
  expect(new Set(ports).size).toBe(40);
  for (const port of ports) expect(await isFree(port)).toBe(true);
});

test("no free port is one that a system may give to another before it is used", async () => {
  const linuxGives = 32_768;
  for (const port of await freePorts(20)) expect(port).toBeLessThan(linuxGives);
});

test("a port that a server listens on is not free", async () => {
  const server = await listenOnLoopback(createServer(), 0);
  expect(await isFree(server.port)).toBe(false);
  await server.close();
  expect(await isFree(server.port)).toBe(true);
});
