import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SdkMessage } from "../../checks/stage/agents/told-log.ts";
import { type LoopbackServer, listenOnLoopback } from "../../checks/stage/loopback.ts";
import type { InvocationRow } from "../../checks/stage/restate/admin.ts";
import { type FollowedAttempts, followAttempts } from "./attempts.ts";

/** Restate's answers about an invocation, in order. */
let rows: InvocationRow[];
let asked: number;
let said: string[];
let restate: LoopbackServer;
let attempts: FollowedAttempts;

beforeEach(async () => {
  [rows, asked, said] = [[], 0, []];
  const server = createServer((_, response) => {
    asked += 1;
    response.end(JSON.stringify({ rows: rows.splice(0, 1) }));
  });
  restate = await listenOnLoopback(server, 0);
  attempts = followAttempts(restate.url, (who, what) => said.push(`${who}: ${what}`));
});

afterEach(() => restate.close());

const inThreeSeconds = () => new Date(Date.now() + 3_000).toISOString();

function log(words: string, error?: SdkMessage["error"], invocation = "inv_1aaaaa"): boolean {
  const sdk = { level: "warn", words, target: "WeatherAgent/run", error };
  return attempts.take({ text: words, invocation, sdk });
}

const stepFails = (step: string, message: string) =>
  log(`Error when processing ctx.run '${step}'.\n`, { message, permanently: false });

/** As the SDK writes it: the core's message contains everything. */
function attemptFails(step: string, why: string) {
  const message = `(500) ${why}\nStacktrace: Error: ${why}\n    at x\nRelated command: run [${step}]`;
  return log("Error when processing a Restate context operation.\n", {
    message,
    permanently: false,
  });
}

const ends = (message: string) =>
  log("Error when processing a Restate context operation.\n", { message, permanently: true });

test("says a line of a failed attempt, and asks Restate until it has noted the failure", async () => {
  rows = [
    { status: "running", retry_count: 1 },
    { status: "backing-off", retry_count: 1, next_retry_at: inThreeSeconds() },
  ];
  expect(log("Starting invocation.")).toBe(true);
  expect(stepFails("get weather", "it is\ndown")).toBe(true);
  expect(attemptFails("get weather", "it is\ndown")).toBe(true);
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^attempt 1: WeatherAgent\/run failed in "get weather": it is down; next in (3\.0|[0-2]\.\d) s$/,
  );
  expect(asked).toBe(2);

  log("Replaying invocation.");
  log("Invocation completed successfully.");
  expect(said.slice(1)).toEqual(["done: WeatherAgent/run, in attempt 2"]);
  expect(asked).toBe(2);
});

test("counts the attempts that were made while there were no agents", async () => {
  rows = [{ status: "backing-off", retry_count: 4, next_retry_at: inThreeSeconds() }];
  log("Starting invocation.");
  log("Replaying invocation.");
  attemptFails("get weather", "down");
  await expect.poll(() => said).toEqual([expect.stringMatching(/^attempt 4: /)]);
});

test("says what is not retried, and asks nobody", () => {
  log("Starting invocation.");
  stepFails("get weather", "down");
  ends("down");
  log("Starting invocation.");
  ends("no such city");
  expect(said).toEqual([
    'attempt 1: WeatherAgent/run failed permanently in "get weather": down',
    "attempt 1: WeatherAgent/run failed permanently: no such city",
  ]);
  expect(asked).toBe(0);
});

test("says which step has failed permanently, if the agent continues without it", () => {
  log("Starting invocation.");
  stepFails("get weather", "down");
  log("Invocation completed successfully.");
  expect(said).toEqual([
    'step: "get weather" of WeatherAgent/run failed permanently: down',
    "done: WeatherAgent/run",
  ]);
});

test("says once that a connection was closed, though nobody knows what comes next", async () => {
  await restate.close();
  log("Starting invocation.");
  const message = "Premature close";
  log("Error when processing a Restate context operation.\n", { message, permanently: false });
  log(
    "Got abort error from connection: The stream has been destroyed\nThis might indicate that: …",
  );
  await expect
    .poll(() => said)
    .toEqual(["attempt 1: WeatherAgent/run failed: Restate has closed the connection"]);
  log("Replaying invocation.");
  log("Invocation completed successfully.");
  expect(said).toHaveLength(2);
});

test("says that Restate refuses what an attempt asked of it, and nothing of a mere wait", async () => {
  const last_failure = "[500 Internal] the service handler Nobody/run was not found";
  rows = [{ status: "backing-off", retry_count: 2, last_failure, next_retry_at: inThreeSeconds() }];
  log("Starting invocation.");
  log("Invocation suspended");
  await expect
    .poll(() => said)
    .toEqual([expect.stringMatching(/^attempt 2: WeatherAgent\/run failed: the service handler/)]);
  rows = [{ status: "suspended" }];
  log("Replaying invocation.");
  log("Invocation suspended");
  await expect.poll(() => asked).toBe(2);
  log("Replaying invocation.");
  log("Invocation completed successfully.");
  expect(said.slice(1)).toEqual(["done: WeatherAgent/run"]);
});

test("tells invocations of the same handler apart, where several are under way", async () => {
  log("Starting invocation.");
  log("Starting invocation.", undefined, "inv_1bbbbb");
  log("Invocation completed successfully.", undefined, "inv_1bbbbb");
  log("Invocation completed successfully.");
  expect(said).toEqual(["done: WeatherAgent/run (inv_…bbbbb)", "done: WeatherAgent/run"]);
});

test("says a mismatch with what does not fit, and of a long error the beginning", async () => {
  rows = [{ status: "paused" }, { status: "paused" }];
  const mismatch = `Found a mismatch between the code paths taken during the previous execution and the paths taken during this execution.
This typically happens when some parts of the code are non-deterministic.
- The mismatch happened while executing 'run' (index '1')
- Difference:
   name: get weather != ask for weather`;
  log("Starting invocation.");
  log("Error when processing a Restate context operation.\n", {
    message: `(570) ${mismatch}\nRelated command: run [ask for weather]`,
    permanently: false,
  });
  await expect
    .poll(() => said)
    .toEqual([
      `attempt 1: WeatherAgent/run failed in "ask for weather": Found a mismatch between the code paths: The mismatch happened while executing 'run' (index '1') - Difference: name: get weather != ask for weather; Restate has paused it`,
    ]);
  log("Replaying invocation.");
  attemptFails("get weather", "word ".repeat(100));
  await expect.poll(() => said[1]).toMatch(/(word ){48}…; Restate has paused it$/);
});

test("leaves to others what is nothing that the SDK says of attempts", () => {
  expect(
    log("DANGER! The invocation is closed, but some related operation is still running."),
  ).toBe(false);
  expect(attempts.take({ text: "mine", invocation: "inv_1aaaaa", sdk: undefined })).toBe(false);
  expect(said).toEqual([]);
});
