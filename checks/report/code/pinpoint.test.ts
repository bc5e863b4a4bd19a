import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { causes } from "../causes.ts";
import { causeOfMisuse, tellMismatch } from "../restate-words.ts";
import { pinpoint } from "./pinpoint.ts";

const folder = mkdtempSync(join(tmpdir(), "pinpoint-"));
const file = join(folder, "agent.ts");
afterAll(() => rmSync(folder, { recursive: true }));

/** The cause that a learner with this code is told. */
function told(cause: string, code: string): string {
  writeFileSync(file, code);
  return pinpoint({ did: "", asks: "", cause, next: "" }, file).cause;
}

const unkept = "The model is called outside any step, so Restate keeps no answer.";
const toModel = "The model got the error as the tool's answer: it was caught.";
const imports = 'import { fetchWeather } from "#world/weather.ts";\n';

test.each([
  [
    causes.awaitMoved,
    "await ctx.run('a', async () => {\n  await ctx.sleep(1);\n});",
    "agent.ts:2:9 uses the context: ctx.sleep",
  ],
  [
    causes.commandMoved,
    "await ctx.run('a', () => book(ctx));",
    "agent.ts:1:26 uses the context: book(ctx)",
  ],
  [
    causes.commandMoved,
    "const f = () => Math.random() < 0.5 && ctx.sleep(1);",
    "Math.random() differs from attempt to attempt (agent.ts:1:17)",
  ],
  [causes.nameChanges, "ctx.run('a' + Date.now(), () => 1);", "See agent.ts:1:15: Date.now()"],
  [
    causes.twoAwaits,
    "await Promise.all([]);",
    "agent.ts:1:7 waits for Restate's promises with JavaScript's own Promise",
  ],
  [causes.plainPromise, "await RestatePromise.all(list.map(async (x) => x));", "See agent.ts:1:7"],
  [
    causes.module,
    "const seen = [];\nexport const f = () => seen.push(1);",
    "See agent.ts:1:7: seen = []",
  ],
  [unkept, "const { text } = streamText({});", "agent.ts:1:18 streams the model's answer"],
  [
    unkept,
    "await ctx.run('all', () => generateText({}));",
    "The whole conversation is one step (agent.ts:1:28)",
  ],
  [unkept, "const model = openai('gpt-4o');", "the model at agent.ts:1:15 is not wrapped"],
  [
    toModel,
    `${imports}const f = () => fetchWeather("Oslo");`,
    "is not called in a step (agent.ts:2:17)",
  ],
  [
    toModel,
    `${imports}ctx.run("a", () => fetchWeather("Oslo"), { maxRetryAttempts: 2 });`,
    "The step has a limit (agent.ts:2:44)",
  ],
  [
    toModel,
    `${imports}ctx.run("a", () => fetchWeather("Oslo").catch(() => ""));`,
    "The error is caught (agent.ts:2:20)",
  ],
  [
    "Your code requested this reservation with one key, and then with another key: a, b.",
    "ctx.run('a', () => book(ctx.rand.uuidv4()));",
    "made inside the step (agent.ts:1:25)",
  ],
  [
    "A variable that is set in a step is not set in a replay.",
    "let a = 1;\nctx.run('a', () => { a = 2; });",
    "inside a step (agent.ts:2:22): a = 2",
  ],
  [
    "It is done in the process, or bypasses Restate.",
    "await fetch('http://localhost');",
    "agent.ts:1:7 makes the call with fetch",
  ],
  [
    "The AI SDK's telemetry opens a span for what is replayed, or yours is opened around a step.",
    "generateText({ telemetry: { integrations: [a] } });",
    "The AI SDK's telemetry (agent.ts:1:16)",
  ],
  [
    "The AI SDK's telemetry opens a span for what is replayed, or yours is opened around a step.",
    "ctx.run('a', () => t.startActiveSpan('b', f));\nt.startActiveSpan('c', f);",
    "A span is opened around a step (agent.ts:2:1)",
  ],
  [causes.timeout, "await ctx.run('a', f).orTimeout(5);", "See agent.ts:1:23: orTimeout"],
  [
    causes.waitsInVain,
    `${imports}await ctx.run("a", () => {\n  fetchWeather("Oslo").catch(console.error);\n});`,
    "Inside a step, agent.ts:3:3 is not awaited",
  ],
  [
    causes.waitsInVain,
    "ctx.run('a', () => ask(id));\nawait id.promise;",
    "The step at agent.ts:1:1",
  ],
  [
    causes.endedAtCall,
    "const a = tool({ inputSchema: b });",
    "The tool at agent.ts:1:16 has no execute",
  ],
  [
    "A tool's code throws, and its error went to the model as the tool's answer: TypeError: no",
    "const a = ctx.serviceClient(b).run(c);\nexecute(() => ctx.serviceClient(d));",
    "ctx.serviceClient(d) (agent.ts:2:15) is a client and not a call",
  ],
  [
    "The prompt does not reach the model, or the tool does not return the weather.",
    "const f = () => {\n  try { return a(); } finally { return b; }\n};",
    "A return in finally (agent.ts:2:33)",
  ],
  [causes.endedAtCall, "generateText({ tools });", "agent.ts:1:1 has no stopWhen"],
  [
    causes.endedAtCall,
    "generateText({ tools, stopWhen: [isStepCount(1)] });",
    "isStepCount(1) (agent.ts:1:34) ends",
  ],
  [
    "What was said is not kept with the session, or only one side of it.",
    "await ctx.get('a', json);\nctx.set('b', 1);\nctx.set('a', 1);",
    "read with another (agent.ts:3:1): ctx.set('a', 1)",
  ],
])("%s In: %s", (cause, code, says) => {
  expect(told(cause, code)).toContain(says);
});

test("says nothing of a place that the code does not show, or cannot be read", () => {
  expect(told(causes.awaitMoved, "await ctx.run('a', () => fetchWeather());")).toBe(
    causes.awaitMoved,
  );
  expect(told(causes.awaitMoved, "this is no program (")).toBe(causes.awaitMoved);
  const later = "const delay = at - Date.now();\nsend({ delay: at - Date.now() });";
  expect(told(causes.commandMoved, later)).toBe(causes.commandMoved);
  expect(told(causes.awaitMoved, "ctx.run('a', () => ctx.console.log(1));")).toBe(
    causes.awaitMoved,
  );
  const ownLoop = "for (;;) generateText({ tools: { a: tool({ inputSchema: b }) } });";
  expect(told(causes.endedAtCall, ownLoop)).toBe(causes.endedAtCall);
  expect(told(causes.waitsInVain, "const a = ctx.run('a', f);")).toBe(causes.waitsInVain);
  const two = "try { a(); } catch { b(); } c().catch(d);";
  expect(told(toModel, two)).toBe(toModel);
});

const sameInAll =
  "[570 Journal mismatch] Found a mismatch between the code paths taken during the previous execution and the paths taken during this execution.\n";
const chance = "This typically happens when some parts of the code are non-deterministic.\n";

test.each([
  [
    `'await' could not be replayed. This usually means the code was mutated adding an 'await' without registering a new service revision.\nNotifications awaited on this await point:\n - run [agent]`,
    causes.awaitMoved,
    "- run [agent]",
  ],
  [
    `${chance} - The previous execution ran and recorded the following: 'run' (index '4')\n - The current execution attempts to perform the following: 'get state'`,
    causes.commandMoved,
    "'get state'",
  ],
  [
    `${chance}- The mismatch happened while executing 'run' (index '2')\n- Difference:\n   name: get 0.85 != get 0.55`,
    causes.nameChanges,
    "get 0.85 != get 0.55",
  ],
  [
    `${chance}- Difference:\n   name: at 2026-11-27T01:02:03.456Z != at 2026-11-27T01:02:04.567Z`,
    causes.nameChanges,
    "at 2026",
  ],
  [
    `${chance}- Difference:\n   name: get weather != note the time`,
    causes.otherStep,
    "note the time",
  ],
])("tells apart what Restate says: %s", (words, cause, whole) => {
  expect(causeOfMisuse(sameInAll + words)).toBe(cause);
  expect(tellMismatch(sameInAll + words)).toContain(whole);
  expect(tellMismatch(sameInAll + words)).not.toMatch(/Found a mismatch|typically|usually/);
});
