import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts, type LoopbackServer, listenOnLoopback } from "../../checks/stage/loopback.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { corpus, sweepCorpus } from "./corpus-sweep.ts";

const scratch = makeRunFolder();
// Milliseconds. Over a hundred runs take their time on busy cores.
const patience = 600_000;
let outside: LoopbackServer;
/** What was asked of it, in order. */
const asked: string[] = [];

beforeAll(async () => {
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    outgoing.end("fine");
  });
  outside = await listenOnLoopback(server, 0);
});
afterAll(() => outside.close());

/** Runs `npm run sweep` as npm does, typed in a folder that is not the workshop's. */
function sweep(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const command = [join(root, "scripts/sweep.ts"), ...args];
    const env = {
      ...process.env,
      NO_COLOR: "1",
      INIT_CWD: scratch,
      OUTSIDE_URL: outside.url,
    };
    const child = execFile(process.execPath, command, { cwd: root, env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

/** Serves a service of the corpus. */
const serving = (name: string) =>
  `"${process.execPath}" "${join(root, "scripts/sweeping/corpus/serve.ts")}" ${name}`;

/** Writes a program in JavaScript; returns the command that runs it. */
function program(name: string, code: string): string {
  writeFileSync(join(scratch, name), code);
  return `"${process.execPath}" ${name}`;
}

/** One that has ended may stay in the table of processes until somebody asks how. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

test("a fault is told, and written for programs and people", async () => {
  const files = ["--json", "found.json", "--html", "found.html", "--junit", "found.xml"];
  const { code, output } = await sweep(
    ...["--command", serving("call-outside-a-step"), "--call", "Subject/run", ...files],
  );
  expect(output).toMatch(/^Subject\/run without a kill: answered, 2 calls, \d+ ms\n/);
  expect(output).toMatch(/✗ Subject\/run, normal: nothing killed\n {2}not in a step: GET 127/);
  expect(output).toMatch(
    /\nNot in a step: put the call into ctx\.run\..*\nRepeated: .*\n\d+ crash/,
  );
  expect(output).toMatch(/\n\d+ crash points, 0 lost, [1-9]\d* repeated \(\d+ ms a run\)\n$/);
  expect(code).toBe(1);

  const written = (name: string) => readFileSync(join(scratch, name), "utf8");
  const json = JSON.parse(written("found.json"));
  expect(json.runs[0]).toMatchObject({ mode: "normal", killedAt: null, lost: [], repeated: [] });
  expect(json.runs[0].outside[0]).toMatch(/^GET 127\.0\.0\.1:\d+\/weather\/Oslo call 1$/);
  const failures = written("found.xml").match(/<failure /g)?.length;
  expect(failures).toBe(json.harmful);
  expect(written("found.xml")).toContain('classname="Subject/run" name="normal: nothing killed"');
  expect(written("found.html")).toContain("<h1>Subject/run in a crash sweep</h1>");
});

test("the outside is asked in the first run only", async () => {
  asked.length = 0;
  const { code, output } = await sweep("--command", serving("two-steps"), "--call", "Subject/run");
  expect(output).toMatch(/\n\d+ crash points, 0 lost, 0 repeated \(\d+ ms a run\)\n$/);
  expect(code).toBe(0);
  expect(asked).toEqual(["GET /weather/Oslo", "POST /book"]);
});

test("what the command starts is killed with it, and nothing is left", async () => {
  const command = `sh -c '${serving("one-step").replaceAll('"', "")} & echo $! >> pids; wait'`;
  const { code } = await sweep("--command", command, "--call", "Subject/run");
  expect(code).toBe(0);
  const pids = readFileSync(join(scratch, "pids"), "utf8").trim().split("\n").map(Number);
  expect(pids.length).toBeGreaterThan(10);
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a service may have a port of its own, and hosts may be ignored", async () => {
  const [port = 0] = await freePorts(1);
  const command = `PORT=${port} ${serving("report-outside-a-step")}`;
  const { code, output } = await sweep(
    ...["--command", command, "--call", "Subject/run", "--port", String(port)],
    ...["--ignore", "127.0.0.1"],
  );
  expect(output).toMatch(/^Subject\/run without a kill: answered, 0 calls, \d+ ms\n/);
  expect(output).toMatch(/\n\d+ crash points, 0 lost, 0 repeated \(\d+ ms a run\)\n$/);
  expect(code).toBe(0);
});

test("a service that does not listen where it should is waited for, with a line that says so", async () => {
  const command = program("late.cjs", "setInterval(() => {}, 1000)");
  const args = ["--command", command, "--call", "Subject/run"];
  const sweeping = spawn(process.execPath, [join(root, "scripts/sweep.ts"), ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: scratch },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(sweeping.stdout, "data");
  expect(String(said)).toMatch(
    /^Waiting until the command listens on port \d+\. It must read the variable PORT\. .*--port/,
  );
  sweeping.kill();
});

describe("says in two lines what it cannot do, before it kills anything:", () => {
  const http1 = "require('http').createServer((_, r) => r.end()).listen(process.env.PORT)";
  const overTls = `
    import { serve, service } from "@restatedev/restate-sdk";
    const run = (ctx) => ctx.run("ask", () => fetch("https://localhost:8443/").then((r) => r.text()));
    serve({ services: [service({ name: "Subject", handlers: { run } })] });`;
  const fails = `
    import { serve, service } from "@restatedev/restate-sdk";
    const run = async () => { throw new Error("no key"); };
    serve({ services: [service({ name: "Subject", handlers: { run } })] });`;
  const call = ["--call", "Subject/run"];
  const subject = ["--command", serving("one-step")];

  test.each([
    [
      "a service that speaks HTTP/1.1",
      ["--command", program("http1.cjs", http1), ...call],
      /^The service speaks HTTP\/1\.1\. A sweep reads Restate's protocol over HTTP\/2 without TLS\.\nServe it /,
    ],
    [
      "calls over TLS",
      ["--command", program("tls.mjs", overTls), ...call],
      /^The service calls localhost:8443 over TLS or HTTP\/2, which a sweep cannot read\.\nGive it a base URL of /,
    ],
    [
      "a command that ends",
      ["--command", program("ends.cjs", "throw new Error('no key')"), ...call],
      /^The command has ended: exit code 1, Error: no key\nIt was: /,
    ],
    [
      "a run that never ends",
      ["--command", program("fails.mjs", fails), ...call],
      /^Subject\/run never ends, although nothing is killed: every attempt fails with: .*no key\nFix this first\. /,
    ],
    [
      "no such handler",
      [...subject, "--call", "Subject/walk"],
      /^Subject has no handler "walk"\.\nIt has: run\. Write --call Subject\/…\n$/,
    ],
    [
      "no such service",
      [...subject, "--call", "Object/run"],
      /^The command serves no Object\.\nIt serves Helper, Subject\. Name one in --call\.\n$/,
    ],
    ["no call", subject, /^--command needs --call\.\nFor example: npm run sweep -- /],
    ["no command", call, /^--call needs --command\.\nFor example: npm run sweep -- /],
    [
      "an input that is no JSON",
      [...subject, ...call, "--input", "{prompt}"],
      /^--input takes JSON, not \{prompt\}\nFor example: /,
    ],
    ["no command for a file", ["--html", "a.html"], /^--html needs --command\.\nFor example: /],
    [
      "a file in no folder",
      [...subject, ...call, "--json", "nowhere/a.json"],
      /^--json cannot be written: there is no folder .*nowhere\.\nMake the folder, /,
    ],
    [
      "an exercise, too",
      ["--mine", ...subject, ...call],
      /^An exercise and --command are two different things to sweep\.\nName one of them\. /,
    ],
  ])("%s", async (_, args, words) => {
    const { code, output } = await sweep(...args);
    expect(output).toMatch(words);
    expect(output.trim().split("\n")).toHaveLength(2);
    expect(code).toBe(2);
  });
});

test(
  "of the corpus, a few faults are found and a few right services are not blamed",
  async () => {
    const names = ["key-made-in-its-step", "branch-on-the-attempt", "a-race", "an-approval"];
    expect(corpus.faulty.length).toBeGreaterThanOrEqual(12);
    expect(corpus.right.length).toBeGreaterThanOrEqual(12);
    const verdicts = await sweepCorpus(names);
    expect(verdicts.filter(({ isRight }) => !isRight)).toEqual([]);
  },
  patience,
);
