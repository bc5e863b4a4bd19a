import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { type Told, textsIn } from "../shared/history.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { holdAt, killAfter } from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { Stage } from "../stage/stage.ts";
import { scenario } from "./agent.scenario.ts";
import {
  expectAnswer,
  expectHistory,
  historyOf,
  newSession,
  next,
  poemRequests,
  requestWith,
  say,
  send,
  toolUseIn,
  untilAtModel,
} from "./chats.ts";

const longest = 10_000;
const keptAndNotTold = "The history has it, but your code does not send it to the model.";
const besideTheCall = "the text that came together with the tool call";

const remembers: Check = {
  id: "remembers",
  title: "remembers a session's messages, and no others",
  modes: ["normal"],
  run: async (stage) => {
    const [session, other] = [newSession(), newSession()];
    const locker = `My locker is number ${stage.choices().integer(1000, 9999)}.`;
    const question = "What is the number of my locker?";
    const answer = await say(stage, session, locker, "Told the number of a locker");
    await say(stage, session, question, "Asked for the number of the locker");
    await expectTold(stage, session, [locker, answer], "On a session's second message");
    await say(stage, other, question, "Asked for the locker's number in another session");
    expectNotTold(stage, locker);
  },
};

const longMemory: Check = {
  id: "long-memory",
  title: "remembers all of a long conversation",
  modes: ["normal"],
  run: async (stage) => {
    const session = newSession();
    const choices = stage.choices();
    const [poem = ""] = poemRequests(choices, 1);
    const first = `My locker is number ${choices.integer(1000, 9999)}.`;
    const middle = choices.integer(20, 30);
    const notes = Array.from({ length: choices.integer(52, 57) }, (_, nth) => {
      return nth === middle ? poem : `Note ${nth}: it costs ${choices.integer(1, 99)}.`;
    });
    const messages = [first, ...notes, "What is the number of my locker?"];
    const sent: Invocation[] = [];
    for (const message of messages) sent.push(await send(stage, session, message));

    const when = `After ${messages.length} messages`;
    const said: string[] = [];
    for (const [nth, invocation] of sent.entries()) {
      said.push(messages[nth] ?? "", expectAnswer(await invocation.outcome(), when));
    }
    await expectTold(stage, session, said.slice(0, -1), when);
    expectHistory(await historyOf(stage, session, when), said, when);
  },
};

const oneAtATime: Check = {
  id: "one-at-a-time",
  title: "answers a session's messages one after the other",
  modes: ["normal"],
  run: async (stage) => {
    const held = stage.inject(holdAt("model", 1));
    const session = newSession();
    const [first = "", second = ""] = poemRequests(stage.choices(), 2);
    const sent = await send(stage, session, first);
    await untilAtModel(stage, sent, first);
    const behind = await send(stage, session, second);
    const seen = await Promise.race([
      behind.untilRestateSees(({ status }) => status === "pending"),
      behind.untilSeen(() => requestWith(stage, second)),
    ]);
    held.lift();
    if (!("status" in seen)) {
      throw new CheckFailed({
        did: "While the model answered a session's first message, your agent began the second.",
        asks: "A session's messages are processed one after the other, so that each one can use the answers before it.",
        cause: "The handler runs several messages of one key at the same time.",
        next,
      });
    }
    const when = "With two messages sent at the same time";
    const answers = [
      expectAnswer(await sent.outcome(), when),
      expectAnswer(await behind.outcome(), when),
    ];
    const texts = [first, answers[0] ?? "", second, answers[1] ?? ""];
    expectHistory(await historyOf(stage, session, when), texts, when);
  },
};

const sideBySide: Check = {
  id: "side-by-side",
  title: "answers several sessions at the same time",
  modes: ["normal"],
  run: async (stage) => {
    const held = stage.inject(holdAt("model", 1));
    const [first = "", second = ""] = poemRequests(stage.choices(), 2);
    const waiting = await send(stage, newSession(), first);
    await untilAtModel(stage, waiting, first);
    const other = await send(stage, newSession(), second);
    const outcome = await other.outcome();
    held.lift();
    if (outcome.kind === "stuck") {
      throw new CheckFailed({
        did: `While the model answered one session, another session's message ${tellOutcome(outcome)}`,
        asks: "Sessions do not wait for each other: each has its own queue.",
        cause: "All sessions share something in your code that lets only one through at a time.",
        next,
      });
    }
    expectAnswer(outcome, "While the model answered another session's message");
    expectAnswer(await waiting.outcome(), "When another session's message was answered first");
  },
};

const historyWhileBusy: Check = {
  id: "history-while-busy",
  title: "shows the history while a message is processed",
  modes: ["normal"],
  run: async (stage) => {
    const session = newSession();
    const [first = "", second = ""] = poemRequests(stage.choices(), 2);
    const when = "While the model answered a second message";
    const answer = await say(stage, session, first, "Asked for a poem");
    const held = stage.inject(holdAt("model", stage.calls("model").length + 1));
    const busy = await send(stage, session, second);
    await untilAtModel(stage, busy, second);
    const asked = await stage.invoke(`${session}/getHistory`, null);
    const seen = await asked.untilRestateSees(({ status }) => status === "pending");
    held.lift();
    if ("status" in seen || seen.kind === "stuck") {
      throw new CheckFailed({
        did: `${when}, getHistory waited until that message was processed.`,
        asks: "A reader of a session's history does not wait for its writer.",
        cause: "getHistory is a writer, and Restate runs one writer at a time.",
        next,
      });
    }
    expectHistory(seen.kind === "answered" ? seen.answer : undefined, [first, answer], when);
    await busy.outcome();
  },
};

const crashAsAnswerArrives: Check = {
  id: "crash-as-answer-arrives",
  title: "killed when the answer arrives, stores it once",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const session = newSession();
    const said: string[] = [];
    const when = "Killed when the model's answer arrived";
    for (const message of poemRequests(stage.choices(), 2)) {
      // The second model call for this message: it contains the tool's answer.
      stage.inject(killAfter("model", stage.calls("model").length + 2));
      said.push(message, await say(stage, session, message, when));
      expectHistory(await historyOf(stage, session, when), said, when);
    }
    const asked = stage.calls("model").length;
    if (asked > 6) {
      throw new CheckFailed({
        did: `Killed twice, each time when the model's answer arrived, your agent called the model ${asked} times where 6 are enough.`,
        asks: "What the model had answered before the crash is kept, and not asked for again.",
        cause: "The model is no longer wrapped with durableCalls.",
        next,
      });
    }
  },
};

const restart: Check = {
  id: "restart",
  title: "remembers after agent and server were killed",
  modes: ["normal"],
  kills: "agent",
  killsServer: true,
  run: async (stage) => {
    const session = newSession();
    const [first = "", second = ""] = poemRequests(stage.choices(), 2);
    const said = [first, await say(stage, session, first, "Asked for a poem")];
    stage.agents.kill();
    await stage.killServer();
    const before = "After the agent and the Restate server were killed";
    expectHistory(await historyOf(stage, session, before), said, before);
    const when = "When the agent and the Restate server were killed between two messages";
    said.push(second, await say(stage, session, second, when));
    expectHistory(await historyOf(stage, session, when), said, when);
  },
};

const toolMessages: Check = {
  id: "tool-messages",
  title: "tells the model what its tools answered",
  modes: ["normal"],
  run: async (stage) => {
    const session = newSession();
    const [message = ""] = poemRequests(stage.choices(), 1);
    await say(stage, session, message, "Asked for a poem");
    const before = stage.calls("model");
    const question = "Which words did you find?";
    await say(stage, session, question, "Asked about the poem");
    const request = requestWith(stage, question);
    const held = request && toolUseIn(request, before);
    if (held?.call && held.output && held.words) return;
    const untold = !held?.call
      ? "that it had called a tool"
      : !held.output
        ? "what its tool had answered"
        : besideTheCall;
    const when = "Asked about the poem";
    const history = await historyOf(stage, session, when);
    const ofTools = JSON.stringify(
      Array.isArray(history) ? history.filter(({ role }) => role === "tool") : [],
    );
    const rhymes = held?.given.match(/\p{L}{3,}/gu) ?? [];
    const isKept = rhymes.length > 0 && rhymes.every((word) => ofTools.includes(word));
    throw new CheckFailed({
      did: `When the user asked about the last answer, your agent did not tell the model ${untold}.`,
      asks: "Tool calls belong to the conversation: the text with the call, the call, and its result.",
      cause:
        isKept && untold !== besideTheCall
          ? keptAndNotTold
          : "You keep less than result.responseMessages has: only the last step, only the text, or calls without their text or result.",
      next,
    });
  },
};

const emptyHistory: Check = {
  id: "empty-history",
  title: "has no history for a new session",
  modes: ["normal"],
  run: async (stage) => {
    const history = await historyOf(stage, newSession(), "Asked for a new session's history");
    if (history === null || isDeepStrictEqual(history, [])) return;
    throw new CheckFailed({
      did: `Asked for a new session's history, getHistory answered ${JSON.stringify(history)}`,
      asks: "If nobody has said anything, the history is null or [].",
      cause: "The history has something that nobody said, or it is another session's.",
      next,
    });
  },
};

const badInput: Check = {
  id: "bad-input",
  title: "answers 400 to bad input, and stays usable",
  modes: ["normal"],
  run: async (stage) => {
    const session = newSession();
    const [first = ""] = poemRequests(stage.choices(), 1);
    const answer = await say(stage, session, first, "Asked for a poem");
    const asked = stage.calls("model").length;
    for (const { what, body } of bad) await expectRefused(stage, session, what, body);
    const when = "After invalid input";
    expectHistory(await historyOf(stage, session, when), [first, answer], when);
    if (stage.calls("model").length > asked) {
      throw new CheckFailed({
        did: `${when}, your agent had called the model with it.`,
        asks: "Invalid input is refused before it reaches the model or the history.",
        cause: "The message is checked too late.",
        next,
      });
    }
    await say(
      stage,
      session,
      "x".repeat(longest),
      `When a caller had sent ${longest} characters after bad input`,
    );
  },
};

const bad = [
  { what: "no message", body: "{}" },
  { what: "a number as message", body: '{"message": 42}' },
  { what: `${longest + 1} characters`, body: JSON.stringify({ message: "x".repeat(longest + 1) }) },
  { what: "something that is not JSON", body: '{"message": "hel' },
];

const historyOnce: Check = {
  id: "history-once",
  title: "has each message in the history once",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const session = newSession();
    const texts: string[] = [];
    const [first = "", second = ""] = poemRequests(stage.choices(), 2);
    // If people say the same words again, that is another message.
    for (const message of [first, second, first]) {
      texts.push(message, await say(stage, session, message, "With nothing broken"));
    }
    const when = "After three messages";
    expectHistory(await historyOf(stage, session, when), texts, when);
  },
};

suite("04", "agent", [
  remembers,
  twoAtOnce(scenario, next),
  historyOnce,
  oneAtATime,
  sideBySide,
  historyWhileBusy,
  toolMessages,
  longMemory,
  crashAsAnswerArrives,
  restart,
  emptyHistory,
  badInput,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

/**
 * @param said what user and agent have said in turn, the user first
 * @throws {CheckFailed} unless the last request told the model all of it
 */
async function expectTold(
  stage: Stage,
  session: string,
  said: readonly string[],
  when: string,
): Promise<void> {
  const told = lastTold(stage);
  const forgotten = said.find((text, place) => {
    const byUser = place % 2 === 0;
    return !told.some((each) => (each.role === "user") === byUser && each.text.includes(text));
  });
  if (forgotten === undefined) return;
  const kept = JSON.stringify(await historyOf(stage, session, when)).includes(forgotten);
  throw new CheckFailed({
    did: `${when}, your agent did not tell the model: ${forgotten}`,
    asks: "The model knows only what a request contains: everything that both sides have said so far.",
    cause: kept
      ? keptAndNotTold
      : "What was said is not kept with the session, only one side is kept, or it is read with another key or serde.",
    next,
  });
}

/** The texts that the last request told the model, in order. */
function lastTold(stage: Stage): Told[] {
  const calls = stage.calls("model");
  return calls.slice(-1).flatMap((last) => textsIn(last, calls));
}

function expectNotTold(stage: Stage, text: string): void {
  if (!lastTold(stage).some((each) => each.text.includes(text))) return;
  throw new CheckFailed({
    did: `In a new session, your agent told the model what another session had said: ${text}`,
    asks: "Each session has its own conversation, and does not see another one.",
    cause: "The conversations of all sessions are kept in one place, under one key.",
    next,
  });
}

/** @throws {CheckFailed} unless a body is refused with 400 and a message */
async function expectRefused(
  stage: Stage,
  session: string,
  what: string,
  body: string,
): Promise<void> {
  const invocation = await stage.invokeWith(`${session}/message`, body);
  const outcome = await invocation.outcome();
  if (outcome.kind === "failed" && outcome.code === 400 && outcome.message !== "") return;
  throw new CheckFailed({
    did: `When a caller had sent ${what}, your agent ${tellOutcome(outcome)}`,
    asks: "Invalid input is refused with 400 and a reason, and does not block the session.",
    cause: causeOf(outcome) ?? "The input's schema is missing, or accepts this.",
    next,
  });
}
