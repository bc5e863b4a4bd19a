import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
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

test("two processes that look for ports at once find different ones", async () => {
  const module = new URL("loopback.ts", import.meta.url).href;
  const look = `import(${JSON.stringify(module)}).then(async (m) => console.log(await m.freePorts(9)))`;
  const found = await Promise.all(
    [1, 2, 3].map(() => promisify(execFile)(process.execPath, ["-e", look])),
  );
  const ports = found.flatMap(({ stdout }) => stdout.match(/\d{5}/g) ?? []);
  expect(ports).toHaveLength(27);
  expect(new Set(ports).size).toBe(27);
});

test("a port that a server listens on is not free", async () => {
  const server = await listenOnLoopback(createServer(), 0);
  expect(await isFree(server.port)).toBe(false);
  await server.close();
  expect(await isFree(server.port)).toBe(true);
});
