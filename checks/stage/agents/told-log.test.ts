import { type LoggerTransport, TerminalError } from "@restatedev/restate-sdk";
import { afterEach, expect, test, vi } from "vitest";
import { type Logged, tellLog } from "./told-log.ts";

const { console: original } = globalThis;

afterEach(() => {
  globalThis.console = original;
  vi.unstubAllEnvs();
});

type Metadata = Parameters<LoggerTransport>[0];

const context = { invocationTarget: "Chat/session1/message", invocationId: "inv_1" };

/** What the SDK passes with a message. Its enums and class export no values that a test could use. */
function metadata(source: "USER" | "JOURNAL", level: string, replaying = false): Metadata {
  return { source, level, replaying, context } as unknown as Metadata;
}

function tellAll() {
  const told: Logged[] = [];
  return { told, logger: tellLog((logged) => told.push(logged)) };
}

test("tells each message whole, and in the order in which they were logged", () => {
  const { told } = tellAll();
  console.log("one\ntwo");
  console.error("three %d", 3);
  console.group("group");
  console.warn({ four: 4 });
  expect(told).toEqual(
    ["one\ntwo", "three 3", "group", "  { four: 4 }"].map((text) => ({
      text,
      invocation: undefined,
      sdk: undefined,
    })),
  );
});

test("tells what is logged with ctx.console as the SDK prints it, and nothing of a replay", () => {
  const { told, logger } = tellAll();
  logger(metadata("USER", "info"), "Oslo has %s", "7°C", { and: "snow" });
  logger(metadata("USER", "info", true), "once more");
  logger(metadata("USER", "debug"), "a detail");
  expect(told).toEqual([
    {
      text: expect.stringMatching(
        /^\[restate\]\[[\d:.TZ-]+\]\[Chat\/session1\/message\]\[inv_1\] INFO: Oslo has %s 7°C \{ and: 'snow' \}$/,
      ),
      invocation: "inv_1",
      sdk: undefined,
    },
  ]);
});

test("tells which messages are the SDK's own, and what went wrong", () => {
  const { told, logger } = tellAll();
  logger(metadata("JOURNAL", "info"), "Starting invocation.");
  logger(metadata("JOURNAL", "warn"), "It fails.\n", new Error("down"));
  logger(metadata("JOURNAL", "warn"), "It ends.\n", new TerminalError("no such city"));
  const target = context.invocationTarget;
  expect(told.map(({ sdk }) => sdk)).toEqual([
    { level: "info", words: "Starting invocation.", target, error: undefined },
    { level: "warn", words: "It fails.\n", target, error: { message: "down", permanently: false } },
    {
      level: "warn",
      words: "It ends.\n",
      target,
      error: { message: "no such city", permanently: true },
    },
  ]);
  expect(told[1]?.text).toContain("Error: down\n    at ");
});

test("shows as much with ctx.console as RESTATE_LOGGING says, and of the SDK what it needs", () => {
  for (const [lowest, shown] of [
    ["DEBUG", ["a detail", "news", "The core moves.", "Starting invocation."]],
    ["ERROR", ["Starting invocation."]],
  ] as const) {
    vi.stubEnv("RESTATE_LOGGING", lowest);
    const { told, logger } = tellAll();
    logger(metadata("USER", "debug"), "a detail");
    logger(metadata("USER", "info"), "news");
    logger(metadata("JOURNAL", "debug"), "The core moves.");
    logger(metadata("JOURNAL", "info"), "Starting invocation.");
    expect(told.map(({ text }) => text.replace(/^.*: /, ""))).toEqual(shown);
  }
});
