import { expect, test } from "vitest";
import type { Answer } from "../crossing.ts";
import type { Call, OpenStep } from "../events.ts";
import { Cassette } from "./cassette.ts";

const call = (
  asked: string,
  outcome: Call["outcome"] = 200,
  state: OpenStep["state"] = "kept",
): Call => ({
  service: "GET outside/job",
  by: "agent",
  invocation: undefined,
  run: undefined,
  steps: [{ state }],
  nth: 1,
  subject: "",
  asked,
  outcome,
  held: false,
  answer: "",
});
const saying = (text: string) => async (): Promise<Answer> => ({
  status: 200,
  headers: {},
  body: Buffer.from(text),
});

/** A tape on which the same question has two answers. */
async function recorded(): Promise<Cassette> {
  const cassette = new Cassette();
  const calls = [call("GET job"), call("GET job")];
  for (const [place, text] of ["pending", "done"].entries()) {
    await cassette.answer(calls[place] as Call, calls, saying(text));
  }
  cassette.stop();
  return cassette;
}

/** The answers to these calls, in order; `network` where the tape has none. */
async function play(calls: Call[]): Promise<string[]> {
  const cassette = await recorded();
  const answers: string[] = [];
  for (const each of calls) {
    const { body } = await cassette.answer(each, calls, saying("network"));
    answers.push(body.toString());
  }
  return answers;
}

test("the same question gets its answers in the recorded order, and then the last again", async () => {
  expect(await play([call("GET job"), call("GET job"), call("GET job")])).toEqual([
    "pending",
    "done",
    "done",
  ]);
});

test("a call that a crash cut, or whose step it cut, is answered in the same way again", async () => {
  const cut = [call("GET job", "cut"), call("GET job", 200, "cut"), call("GET job")];
  expect(await play([...cut, call("GET job")])).toEqual(["pending", "pending", "pending", "done"]);
});

test("after an error, the call gets the next answer, though its step was cut", async () => {
  expect(await play([call("GET job", 503, "cut"), call("GET job")])).toEqual(["pending", "done"]);
});

test("ids and times do not make another question, but any other word does", async () => {
  const [id] = await play([call("GET job")]);
  expect(id).toBe("pending");
  expect(await play([call("GET another job")])).toEqual(["network"]);
  const cassette = new Cassette();
  const first = call("POST book 2026-11-29T08:00:00.000Z");
  await cassette.answer(first, [first], saying("booked"));
  cassette.stop();
  const later = call("POST book 2027-01-01T10:00:00.000Z");
  const { body } = await cassette.answer(later, [later], saying("network"));
  expect(body.toString()).toBe("booked");
});
