import { isDeepStrictEqual } from "node:util";
import { CheckFailed } from "../report/check-failed.ts";
import { calm } from "../shared/calm.ts";
import { CannotTell, type Check } from "../shared/check.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { answeredItems, itemsIn } from "../shared/model-items.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { untilNothingIsDue } from "../stage/due.ts";
import { killAfter, killBefore, modelAnswers, outageOf } from "../stage/failures.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";
import { day, follow, goBack, hour, newUser } from "./days.ts";
import { planned, scenario } from "./reminder-agent.scenario.ts";
import {
  ask,
  expectAnswer,
  expectListed,
  expectPunctual,
  expectTold,
  listOf,
  next,
  somethingToDo,
} from "./reminders.ts";

// The milliseconds until a reminder is due: to act before that. If they were too few, more are tried.
const margins = [2_500, 6_000, 15_000];
const hours = 20;
// Milliseconds, far more than a retry takes on two busy cores.
const refusedCap = 30_000;
// Milliseconds. The model may be told a time without them.
const wholeSecond = 1_000;

const reminds: Check = {
  id: "reminds",
  title: "reminds the user",
  modes: ["normal"],
  run: async (stage) => {
    stage.restartAs(await stage.prepare({ hastyTimers: true }));
    const { user, text, told } = await beginThreeDaysAgo(stage);
    await ask(stage, user, `Remind me tomorrow at 9 to ${text}.`, "With nothing broken");
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text], "With nothing broken");
  },
};

const atTheTime: Check = {
  id: "at-the-time",
  title: "reminds the user at the right time, each time",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const choices = stage.choices();
    const due: number[] = [];
    // The same words on two days are two reminders.
    for (const at of [choices.integer(0, 23), choices.integer(0, 23)]) {
      const tomorrow = Math.floor(stage.agents.time / day) * day + day;
      due.push(tomorrow + at * hour);
      await ask(stage, user, `Remind me tomorrow at ${at} to ${text}.`, "With nothing broken");
      await untilNothingIsDue(stage, user, Date.now());
    }
    expectTold(stage, told, [text, text], "Asked for a reminder on two days");
    for (const [nth, at] of due.entries()) expectPunctual(told[nth], at);
  },
};

const sameTime: Check = {
  id: "same-time",
  title: "tells the model one time per run",
  modes: ["always-replay"],
  run: async (stage) => {
    const prompt = `Remind me in 20 hours to ${somethingToDo(stage.choices())}.`;
    await ask(stage, newUser(), prompt, "With nothing broken");
    const instructions = stage.calls("model").map((call) => {
      const items = itemsIn(call, stage.calls("model"));
      return items.find(({ role }) => role === "system" || role === "developer");
    });
    const [first, ...others] = instructions;
    const other = others.find((each) => !isDeepStrictEqual(each, first));
    if (other === undefined) return;
    throw new CheckFailed({
      did: `In one run, your agent told the model two times: ${tell(first)} and ${tell(other)}`,
      asks: "A run has one time. When the handler runs again after a wait or a crash, it tells the model the same.",
      cause: "Each attempt reads the clock again. Nothing keeps what it showed.",
      next,
    });
  },
};

const crashInAsk: Check = {
  id: "crash-in-ask",
  title: "killed after it set the reminder, reminds once",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const when = "Killed when the model was asked for the answer, and down for two days";
    stage.inject(killBefore("model", 2));
    stage.listen(({ kind }) => {
      if (kind === "agent killed") stage.agents.putClockForward(Date.now() - hour);
    });
    await ask(stage, user, `Remind me tomorrow at 9 to ${text}.`, when);
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text], when);
  },
};

const lateModel: Check = {
  id: "late-model",
  title: "killed before the model answers, is not late",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const when = "Killed when it asked the model, and down for an hour";
    stage.inject(killBefore("model", 1));
    stage.listen(({ kind }) => {
      if (kind === "agent killed") stage.agents.putClockForward(stage.agents.time + hour);
    });
    await ask(stage, user, `Remind me in ${hours} hours to ${text}.`, when);
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text], when);
    const items = stage.calls("model").flatMap(answeredItems);
    const call = items.find(({ type }) => type === "function_call");
    expectPunctual(told[0], Date.parse(JSON.parse(call?.arguments ?? "{}").at));
  },
};

const sameWords: Check = {
  id: "same-words",
  title: "keeps reminders with the same words apart",
  modes: ["normal"],
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const several = "Asked in one sentence for three reminders, two of which were due";
    const prompt = `Remind me tomorrow at 9 and in 80 hours and tomorrow at 11 to ${text}.`;
    await ask(stage, user, prompt, several);
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text, text], several);
    expectListed(await listOf(stage, user, several), [text], several);
    await ask(stage, user, `Remind me in 100 hours to ${text}.`, "Asked for another reminder");
    const two = "With two reminders of the same words set";
    expectListed(await listOf(stage, user, two), [text, text], two);
    const when = "When the user had said to forget these words";
    await expectAnswer(await stage.invoke(`${user}/forget`, { text }), when);
    expectListed(await listOf(stage, user, when), [], when);
  },
};

const crashInRemind: Check = {
  id: "crash-in-remind",
  title: "killed while it notifies, notifies once",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const when = "Killed after the notification was sent";
    stage.inject(killAfter("push", 1));
    await ask(stage, user, `Remind me tomorrow at 9 to ${text}.`, when);
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text], when);
  },
};

const restart: Check = {
  id: "restart",
  title: "reminds though agent and server were down",
  modes: ["normal"],
  kills: "agent",
  killsServer: true,
  run: async (stage) => {
    const user = newUser();
    const text = somethingToDo(stage.choices());
    const told = follow(stage, user);
    const [margin = 0] = margins;
    const due = await askShortlyBefore(stage, user, [text], margin);
    stage.agents.kill();
    // There is no event to wait for: the time itself must come.
    await waitFor(
      "the time of the reminder",
      margin * 2,
      async () => Date.now() > due.first - 100 || undefined,
    );
    await stage.killServer();
    await untilNothingIsDue(stage, user, due.last);
    const when = "When the agent and the Restate server had been killed, and the reminder was due";
    expectTold(stage, told, [text], when);
  },
};

const outage: Check = {
  id: "outage",
  title: "reminds when notifications work again",
  modes: ["normal"],
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const down = stage.inject(outageOf("push"));
    const when = "When notifications failed at first";
    await ask(stage, user, `Remind me tomorrow at 9 to ${text}.`, when);
    await untilRefused(stage, user, 2);
    // An outage lasts longer than any limit of attempts.
    const stopAging = stage.ageAttempts();
    await untilRefused(stage, user, 5);
    stopAging();
    down.lift();
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text], when);
  },
};

const notBlocked: Check = {
  id: "not-blocked",
  title: "answers while a reminder waits",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const user = newUser();
    for (const which of ["first", "second"]) {
      const prompt = `Remind me in 20 hours to ${somethingToDo(stage.choices())}.`;
      await ask(stage, user, prompt, `Asked for a ${which} reminder, before any was due`);
    }
  },
};

const list: Check = {
  id: "list",
  title: "lists what is still to come, from any process",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const user = newUser();
    const texts = [0, 1].map((nth) => somethingToDo(stage.choices(nth)));
    const unknown = "Asked to forget what is not on the list";
    await expectAnswer(await stage.invoke(`${user}/forget`, { text: "do nothing" }), unknown);
    for (const text of texts) {
      const prompt = `Remind me in 20 hours to ${text}.`;
      await ask(stage, user, prompt, "With nothing broken");
    }
    expectListed(await listOf(stage, user, "With nothing broken"), texts, "With two reminders set");
    stage.agents.kill();
    const when = "With two reminders set, and then killed";
    const listed = await listOf(stage, user, when);
    expectListed(listed, texts, when);
    const at = stage.agents.time + hours * hour;
    const wrong = listed.find((each) => Math.abs(Date.parse(each.at) - at) > hour);
    if (wrong !== undefined) {
      throw new CheckFailed({
        did: `Asked for a reminder in ${hours} hours, list says it comes at ${wrong.at}.`,
        asks: "The list has the time of each reminder.",
        cause: "The list has another time than the model gave to the tool.",
        next,
      });
    }
  },
};

const failedAfterTool: Check = {
  id: "failed-after-tool",
  title: "lists what is planned, even if its question failed",
  modes: ["normal"],
  run: async (stage) => {
    const when = "When the model had failed three times after the reminder was set";
    const user = newUser();
    const text = somethingToDo(stage.choices());
    const failure = modelAnswers(500, 3);
    const stop = stage.listen((event) => {
      if (event.kind !== "call" || event.call.service !== "model") return;
      if (event.call.outcome !== 200) return;
      stop();
      stage.inject(failure);
    });
    const asked = await stage.invoke(`${user}/ask`, {
      prompt: `Remind me in 20 hours to ${text}.`,
    });
    await asked.outcome();
    failure.lift();
    const later = await untilNothingIsDue(stage, user, Date.now());
    const listed = await listOf(stage, user, when);
    if (later === listed.length) return;
    throw new CheckFailed({
      did: `${when}, ${later} of its reminders will come, and the list has ${listed.length}.`,
      asks: "A user can see and forget each reminder that will come.",
      cause:
        later > listed.length
          ? "The list is written at the end. A question that fails does not get there."
          : "What is on the list is not planned, or only in the memory of a process.",
      next,
    });
  },
};

const offTheList: Check = {
  id: "off-the-list",
  title: "takes a reminder off the list once it was sent",
  modes: ["normal"],
  run: async (stage) => {
    const { user, text, told } = await beginThreeDaysAgo(stage);
    const when = "With nothing broken";
    await ask(stage, user, `Remind me tomorrow at 9 to ${text}.`, when);
    await untilNothingIsDue(stage, user, Date.now());
    expectTold(stage, told, [text], when);
    expectListed(await listOf(stage, user, when), [], "After the user was reminded");
  },
};

const forgets: Check = {
  id: "forgets",
  title: "never sends what is forgotten, and sends the rest",
  modes: ["normal"],
  run: async (stage) => {
    const when = "When the user had said to forget a reminder";
    for (const margin of margins) {
      const user = newUser();
      const text = somethingToDo(stage.choices());
      const other = `${text} again`;
      const told = follow(stage, user);
      const due = await askShortlyBefore(stage, user, [text, other], margin);
      await expectAnswer(await stage.invoke(`${user}/forget`, { text }), when);
      const wasTooLate = Date.now() > due.first - wholeSecond;
      const listed = await listOf(stage, user, when);
      await untilNothingIsDue(stage, user, due.last);
      if (wasTooLate) continue;
      expectListed(listed, [other], when);
      if (told.some((each) => each.text === text)) {
        throw new CheckFailed({
          did: `${when}, the user still got it: ${text}`,
          asks: "What is forgotten never reaches the user.",
          cause: "It is only taken off the list. What will notify the user is still planned.",
          next,
        });
      }
      expectTold(stage, told, [other], when);
      const { last } = await askShortlyBefore(stage, user, [text], 0);
      await untilNothingIsDue(stage, user, last);
      if (told.some((each) => each.text === text)) return;
      throw new CheckFailed({
        did: `Asked again for what was forgotten, the user was never reminded to ${text}.`,
        asks: "To forget a reminder is not to forget a later one with the same words.",
        cause: "What is forgotten is kept by its words, and not by the id of the reminder.",
        next,
      });
    }
    throw new CannotTell(
      "This machine is too slow: each reminder was due before it was forgotten.",
    );
  },
};

const causeOfAtOnce = {
  vague: "A time that cannot be read becomes NaN, and a delay of NaN is no delay.",
  numbered:
    "Date.parse reads a number in other words as a day in 2001, and a delay below 0 is no delay.",
  over: "A time that is over gives a delay below 0, which is no delay.",
};

const unreadable: Check = {
  id: "unreadable",
  title: "tells the model if a time is not in the future",
  modes: ["normal"],
  run: async (stage) => {
    const user = newUser();
    const choices = stage.choices();
    const text = somethingToDo(choices);
    const told = follow(stage, user);
    await ask(stage, user, `Remind me in 20 hours to ${text}.`, "Asked for a reminder");
    const good = lastToolAnswer(stage);
    const numbered = `after ${choices.integer(1, 12)}`;
    const over = `yesterday at ${choices.integer(0, 23)}`;
    for (const vague of [choices.one(["later", "some day", "soon"]), numbered, over]) {
      const when = `Asked for a reminder "${vague}"`;
      await ask(stage, user, `Remind me ${vague} to ${text}.`, when);
      const answer = lastToolAnswer(stage);
      await untilNothingIsDue(stage, user, Date.now());
      if (told.length > 0) {
        throw new CheckFailed({
          did: `${when}, the user was reminded at once.`,
          asks: "If there is no such time, there is no reminder.",
          cause: causeOfAtOnce[vague === numbered ? "numbered" : vague === over ? "over" : "vague"],
          next,
        });
      }
      const bare = (words: string) => words.replace(vague, "#").replace(/\d{4}-[\dT:.-]+Z/, "#");
      if (bare(answer) !== bare(good)) continue;
      throw new CheckFailed({
        did: `${when}, your tool told the model: ${answer}`,
        asks: "If there is no reminder, the model must know, so that it can ask the user.",
        cause: "The tool answers as if the reminder was set.",
        next,
      });
    }
  },
};

suite("09", "reminder-agent", [
  reminds,
  twoAtOnce(planned, next),
  atTheTime,
  sameTime,
  notBlocked,
  restart,
  crashInAsk,
  crashInRemind,
  lateModel,
  outage,
  list,
  failedAfterTool,
  offTheList,
  sameWords,
  forgets,
  unreadable,
  calm(scenario, next),
  asksModelAgain(planned, next),
]);

/** Waits until this many notifications have failed, or nothing is left that could notify the user. */
async function untilRefused(stage: Stage, user: string, count: number): Promise<void> {
  const refused = () => stage.calls("push").filter(({ outcome }) => outcome === 503).length;
  await Promise.race([
    waitFor("a failed notification", refusedCap, async () => refused() >= count || undefined)
      // The code may wait longer than that until its next attempt.
      .catch(() => {}),
    untilNothingIsDue(stage, user, Date.now()),
  ]);
}

/** A user who is about to ask for a reminder, while the agents' clock is three days back. */
async function beginThreeDaysAgo(stage: Stage) {
  const user = newUser();
  const text = somethingToDo(stage.choices());
  const told = follow(stage, user);
  await goBack(stage, 3);
  return { user, text, told };
}

/**
 * Asks for reminders that are due in some milliseconds.
 *
 * @returns when the first and the last are due, on the real clock
 */
async function askShortlyBefore(
  stage: Stage,
  user: string,
  texts: readonly string[],
  margin: number,
): Promise<{ first: number; last: number }> {
  // The reminders come after 20 hours on a clock that is almost 20 hours behind.
  await stage.agents.setClockBack(hours * hour - margin);
  const first = Date.now() + margin;
  for (const text of texts) {
    await ask(stage, user, `Remind me in ${hours} hours to ${text}.`, "With nothing broken");
  }
  return { first, last: Date.now() + margin };
}

/** What the tool has answered to the last call of the model. */
function lastToolAnswer(stage: Stage): string {
  const calls = stage.calls("model");
  const items = calls.slice(-1).flatMap((call) => itemsIn(call, calls));
  return String(items.findLast(({ type }) => type === "function_call_output")?.output);
}

/** The words that tell the model the time. */
function tell(item: unknown): string {
  return JSON.stringify(item).match(/It is [^"]*/)?.[0] ?? JSON.stringify(item);
}
