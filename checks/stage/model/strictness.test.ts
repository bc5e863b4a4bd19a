import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoopbackServer } from "../loopback.ts";
import { startScriptedModel } from "./model.ts";

let model: LoopbackServer;
beforeAll(async () => {
  model = await startScriptedModel(0);
});
afterAll(() => model.close());

async function ask(input: unknown, more: object = {}) {
  const tools = [{ type: "function", name: "getWeather", parameters: { type: "object" } }];
  const body = JSON.stringify({ model: "gpt-4o", input, tools, ...more });
  const headers = { "content-type": "application/json" };
  return fetch(`${model.url}/v1/responses`, { method: "POST", headers, body });
}

const user = (text: string) => ({ role: "user", content: [{ type: "input_text", text }] });
const question = user("What is the weather like in Oslo and Rome?");
const outputOf = (call_id: string) => ({ type: "function_call_output", call_id, output: "mild" });

/** Both calls that the model makes to answer the question, and references to them. */
async function callsFor() {
  const response = await ask([question]);
  const { output } = (await response.json()) as { output: { id: string; call_id: string }[] };
  const [oslo, rome] = output;
  if (oslo === undefined || rome === undefined) throw new Error("The model calls no tool.");
  const refer = ({ id }: { id: string }) => ({ type: "item_reference", id });
  return { oslo, rome, references: [refer(oslo), refer(rome)] };
}

describe("the model answers", () => {
  test("a text", async () => {
    expect((await ask("What is the weather like in Oslo?")).status).toBe(200);
  });

  test("results of calls, told in full or by reference, in any order", async () => {
    const { oslo, rome, references } = await callsFor();
    const results = [outputOf(rome.call_id), outputOf(oslo.call_id)];
    expect((await ask([question, oslo, rome, ...results])).status).toBe(200);
    expect((await ask([question, ...references, ...results])).status).toBe(200);
  });

  test("references to what it has streamed", async () => {
    const streamed = await (await ask([user("Weather in Oslo?")], { stream: true })).text();
    const [, id = "", call = ""] = streamed.match(/"id":"(fc_[^"]+)","call_id":"([^"]+)"/) ?? [];
    const input = [user("Weather in Oslo?"), { type: "item_reference", id }, outputOf(call)];
    expect((await ask(input)).status).toBe(200);
  });
});

describe("the model answers 400 to", () => {
  test("no messages", async () => {
    await expectRefused([], /empty array/);
  });

  test("no input at all", async () => {
    await expectRefused(undefined, /Missing required parameter/);
  });

  test("a result without its call", async () => {
    const { oslo } = await callsFor();
    const words = `No tool call found for function call output with call_id ${oslo.call_id}`;
    await expectRefused([question, outputOf(oslo.call_id)], new RegExp(words));
  });

  test("a call without its result, at the end and before the next question", async () => {
    const { oslo, rome, references } = await callsFor();
    const words = new RegExp(`No tool output found for function call ${rome.call_id}`);
    const half = [question, ...references, outputOf(oslo.call_id)];
    await expectRefused(half, words);
    await expectRefused([...half, user("And in Paris?"), outputOf(rome.call_id)], words);
  });

  test("two results for one call", async () => {
    const { oslo, rome, references } = await callsFor();
    const results = [oslo, rome, oslo].map(({ call_id }) => outputOf(call_id));
    await expectRefused([question, ...references, ...results], /Duplicate tool output/);
  });

  test("the result of an earlier round instead of the last one's", async () => {
    const [first, second] = [await callsFor(), await callsFor()];
    const results = [first.oslo, first.rome].map(({ call_id }) => outputOf(call_id));
    const input = [question, ...first.references, ...results, ...second.references, ...results];
    await expectRefused(input, /Duplicate tool output/);
  });

  test("the same call twice", async () => {
    const { oslo, references } = await callsFor();
    await expectRefused([question, ...references, oslo], /Duplicate item/);
  });
});

async function expectRefused(input: unknown, words: RegExp) {
  const answer = await ask(input);
  const { error } = (await answer.json()) as { error: { message: string; type: string } };
  expect(answer.status).toBe(400);
  expect(error.message).toMatch(words);
  expect(error.type).toBe("invalid_request_error");
}
