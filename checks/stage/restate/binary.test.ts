import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CouldNotRun } from "../could-not-run.ts";
import { freePorts, listenOnLoopback } from "../loopback.ts";
import { makeRunFolder } from "../run-folder.ts";
import { findBinary, startServer } from "./binary.ts";

const { platform } = process;

afterEach(() => {
  Object.defineProperty(process, "platform", { value: platform });
});

test.each([
  ["win32", "Restate has none for Windows: run the workshop in WSL2."],
  ["sunos", "Run `npm install` again, without `--omit=optional`."],
])("says what to do on %s, which has no binary", (value, remedy) => {
  Object.defineProperty(process, "platform", { value });
  expect(findBinary).toThrow(CouldNotRun);
  expect(findBinary).toThrow(`No Restate server binary is installed for ${value}-`);
  expect(() => {
    try {
      findBinary();
    } catch (error) {
      throw new Error((error as CouldNotRun).remedy);
    }
  }).toThrow(remedy);
});

test("tells the last words of a server that cannot start without the colours of its log", async () => {
  const occupied = await listenOnLoopback(
    createServer((socket) => socket.destroy()),
    0,
  );
  const [ingressPort = 0, nodePort = 0] = await freePorts(2);
  const folder = makeRunFolder();
  const server = startServer({
    folder,
    ingressPort,
    nodePort,
    adminPort: occupied.port,
    retries: { first: "5ms", longest: "20ms" },
    tracesUrl: "http://127.0.0.1:9",
    variables: {},
  });
  const failed = await server.ready().then(
    () => undefined,
    (error: CouldNotRun) => error,
  );
  await server.kill();
  await occupied.close();
  expect(readFileSync(join(folder, "server.log"), "utf8")).toContain("\u001b[");
  expect(failed?.message).toBe("The Restate server ended while it started.");
  expect(failed?.remedy).toMatch(/^It said: .*\w/);
  expect(failed?.remedy).not.toContain("\u001b");
});
