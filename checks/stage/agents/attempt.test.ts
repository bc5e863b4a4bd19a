import { expect, test } from "vitest";
import { Attempt } from "./attempt.ts";
import { bytesField, messageTypes, numberField, writeMessage } from "./messages.ts";

const message = (type: number, ...fields: Buffer[]) =>
  writeMessage({ type, flags: 0, body: Buffer.concat(fields) });
// As Restate 1.7 sends it: the invocation's id as bytes and as text, then how many entries follow.
const start = (entries: number) =>
  message(messageTypes.start, bytesField(1, "id"), bytesField(2, "inv_1"), numberField(3, entries));
const input = message(messageTypes.input, bytesField(14, "{}"));
const run = (id: number) => message(messageTypes.run, numberField(11, id), bytesField(12, "name"));
const result = (id: number) =>
  message(messageTypes.proposal, numberField(1, id), bytesField(14, "42"));
const stored = (id: number) =>
  message(messageTypes.runIsOver, numberField(1, id), bytesField(5, "42"));
const answer = message(0x0401, bytesField(14, "done"));
const end = message(messageTypes.end);

const attempt = (earlier?: Attempt) => new Attempt("inv_1", "WeatherAgent/run", earlier, () => {});
const placesOf = (of: Attempt) =>
  of.takeSent().map(({ sent }) => sent && [sent.kind, sent.nth, sent.entry]);

test("names what the agent sends by its place, in pieces of any size", () => {
  const first = attempt();
  for (const byte of Buffer.concat([start(1), input])) first.receive(Buffer.from([byte]));
  const sent = Buffer.concat([run(1), result(1), run(2), result(2), answer, end]);
  for (const byte of sent) first.send(Buffer.from([byte]));
  expect(placesOf(first)).toEqual([
    ["step", 1, { command: 2 }],
    ["result of step", 1, { result: 1 }],
    ["step", 2, { command: 3 }],
    ["result of step", 2, { result: 2 }],
    ["answer", 1, { command: 4 }],
    ["end", 1, "end"],
  ]);
});

test("gives a message the same place after a replay", () => {
  const second = attempt(attempt());
  second.receive(Buffer.concat([start(4), input, run(1), stored(1), run(2)]));
  second.send(Buffer.concat([result(2), run(3)]));
  expect(placesOf(second)).toEqual([
    ["result of step", 2, { result: 2 }],
    ["step", 3, { command: 4 }],
  ]);
});

test("knows no place for a message that it does not know", () => {
  const first = attempt();
  first.send(Buffer.concat([message(0x7fff), message(messageTypes.suspension)]));
  expect(placesOf(first)).toEqual([["command 32767", 1, { command: 1 }], undefined]);
});

test("a step is open until its result is sent, and kept once Restate says so", () => {
  const first = attempt();
  first.send(run(1));
  const [step] = first.stepsUnderWay;
  expect(step).toEqual({ state: "open" });
  first.send(result(1));
  expect(first.stepsUnderWay).toEqual([]);
  expect(step?.state).toBe("proposed");
  first.receive(stored(1));
  expect(step?.state).toBe("kept");
});

test("a step that was open when its attempt ended is cut, and runs again in the next", () => {
  const first = attempt();
  first.send(run(1));
  const [cut] = first.stepsUnderWay;
  first.end();
  expect(cut?.state).toBe("cut");

  const second = attempt(first);
  second.receive(Buffer.concat([start(2), input, run(1)]));
  expect(second.stepsUnderWay).toEqual([{ state: "open" }]);
  expect(cut?.state).toBe("cut");
});

test("what an attempt still sends after its end changes nothing in the next one", () => {
  const first = attempt();
  first.send(run(1));
  first.end();
  const second = attempt(first);
  second.receive(Buffer.concat([start(2), input, run(1)]));
  const open = second.stepsUnderWay;
  first.send(Buffer.concat([result(1), run(2)]));
  second.send(run(2));
  expect(open).toEqual([{ state: "open" }]);
  expect(second.stepsUnderWay).toHaveLength(2);
  expect(first.stepsUnderWay).toEqual(Array(3).fill({ state: "cut" }));
});

test("a call that comes after its attempt was cut may be in a step of which nobody has heard", () => {
  const cut = attempt();
  cut.end();
  expect(cut.stepsUnderWay).toEqual([{ state: "cut" }]);

  const suspended = attempt();
  suspended.send(message(messageTypes.suspension));
  suspended.end();
  expect(suspended.stepsUnderWay).toEqual([]);
});

test("whether a result reached Restate is shown by the next attempt", () => {
  const lost = attempt();
  lost.send(Buffer.concat([run(1), run(2)]));
  const [first, second] = lost.stepsUnderWay;
  lost.send(Buffer.concat([result(1), result(2)]));
  lost.end();
  expect([first?.state, second?.state]).toEqual(["proposed", "proposed"]);

  attempt(lost).receive(Buffer.concat([start(4), input, run(1), run(2), stored(2)]));
  expect([first?.state, second?.state]).toEqual(["cut", "kept"]);
});
