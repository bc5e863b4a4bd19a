import { expect, test } from "vitest";
import { type Span, startTraceReceiver } from "./receiver.ts";
import { renderTree } from "./tree.ts";

const nano = (milliseconds: number) => `${1_764_000_000_000 + milliseconds}000000`;

// Milliseconds to wait for an answer that must not come. There is no limit for one that must come.
const patience = 200;

/** A request as the OpenTelemetry SDK for JavaScript sends it. */
function send(url: string, spans: object[], type = "application/json", signal?: AbortSignal) {
  return fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": type },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    signal: signal ?? null,
  });
}

const times = { startTimeUnixNano: nano(0), endTimeUnixNano: nano(40) };
const attempt = { ...times, traceId: "t1", spanId: "a", parentSpanId: "server", flags: 0x301 };
const sent = [
  {
    ...times,
    traceId: "t1",
    spanId: "c",
    parentSpanId: "a",
    flags: 0x101,
    name: "run (get weather in Denver)",
    startTimeUnixNano: nano(20),
    status: { code: 2, message: "down for Denver\n    at fetchWeather" },
  },
  { ...attempt, name: "attempt A/run", status: { code: 0 } },
  {
    ...times,
    traceId: "t1",
    spanId: "b",
    parentSpanId: "a",
    flags: 0x101,
    name: "run (calling openai.responses)",
    endTimeUnixNano: nano(12),
    status: { code: 1 },
  },
];

test("reads what an exporter sends, and shows it as a tree", async () => {
  const told: Span[] = [];
  const receiver = await startTraceReceiver(0, (spans) => told.push(...spans));
  expect((await send(receiver.url, sent)).status).toBe(200);
  expect(receiver.spans).toEqual(told);
  const tops = receiver.spans.filter(({ isTop }) => isTop);
  expect(tops.map(({ name }) => name)).toEqual(["attempt A/run"]);
  expect(tops.flatMap((top) => renderTree(top, receiver.spans))).toEqual([
    "attempt A/run, 40 ms",
    "├─ run (calling openai.responses), 12 ms",
    "└─ run (get weather in Denver), 20 ms ✗ down for Denver",
  ]);
  expect((await send(receiver.url, sent, "application/x-protobuf")).status).toBe(200);
  expect(receiver.spans).toHaveLength(3);
  await receiver.close();
});

test("breaks as it is told until it is cleared, and then takes what begins from then on", async () => {
  const receiver = await startTraceReceiver(0);
  receiver.break("drops");
  await expect(send(receiver.url, sent)).rejects.toThrow("fetch failed");
  receiver.break("hangs");
  const impatient = send(receiver.url, sent, "application/json", AbortSignal.timeout(patience));
  await expect(impatient).rejects.toThrow("timeout");
  expect(receiver.spans).toEqual([]);
  const before = await startTraceReceiver(0);
  expect((await send(before.url, sent)).status).toBe(200);
  expect(before.spans).toHaveLength(3);
  await before.close();
  receiver.clear();
  expect((await send(receiver.url, sent)).status).toBe(200);
  // They began long before it was cleared.
  expect(receiver.spans).toEqual([]);
  expect(receiver.bodies).toHaveLength(1);
  await receiver.close();
});
