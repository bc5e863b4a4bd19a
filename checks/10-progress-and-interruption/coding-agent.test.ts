import { CheckFailed } from "../report/check-failed.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import {
  holdAt,
  holdOf,
  killBefore,
  modelAnswers,
  outageOf,
  silenceOf,
} from "../stage/failures.ts";
import { waitOrGiveUp } from "../stage/wait.ts";
import {
  branchesOf,
  cancelWhileRefused,
  expectClosed,
  notClosed,
  refusals,
  refusedCalls,
  untilRefused,
} from "./branches.ts";
import { cap, expectTaken, newSession, next, send, settle, wishesFrom } from "./coding.ts";
import { oneMessage, scenario } from "./coding-agent.scenario.ts";
import { expectHistory, expectTold, lostCause, mostTold } from "./conversation.ts";
import {
  cancelWaiting,
  expectEnded,
  holdAside,
  interruptAt,
  interruptTwice,
  untilEnded,
  untilHeard,
  untilHeld,
  untilItWaits,
  untilNewWorkBegins,
} from "./interruption.ts";

// Milliseconds.
const day = 24 * 60 * 60 * 1000;
const builds: Check = {
  id: "builds",
  title: "writes code, and remembers the conversation",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const when = "With nothing broken";
    const session = newSession();
    const wishes = wishesFrom(stage.choices(), 2);
    for (const wish of wishes) {
      await expectTaken(await send(stage, session, wish), when);
      await settle(stage, session);
    }
    const onlyTheNew = "The work is given only the new message, or the conversation is not stored.";
    expectTold(stage, wishes, when, onlyTheNew);
    await expectHistory(stage, session, wishes, when);
    const branches = branchesOf(stage);
    const written = branches.filter(({ files }) => files.length > 0).length;
    if (branches.length !== 2 || written !== 2) {
      throw new CheckFailed({
        did: `${when}, your agent opened ${branches.length} branches for two messages, and wrote files on ${written} of them.`,
        asks: "The work on each message has a branch of its own, with files.",
        cause:
          "The work has no branch, a branch is used twice, or the name changes with each attempt.",
        next,
      });
    }
    await expectClosed(stage, when, "Nothing closes the branch.");
  },
};

const interrupts: Check = {
  id: "interrupts",
  title: "ends the work under way if a new message comes",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const when = "Sent a second message while the model was asked for the first one";
    const { session, second, task } = await interruptAt(stage, holdAt("model", 1), "model", when);
    await settle(stage, session);
    await expectTaken(second, when);
    expectEnded(stage, task, when);
  },
};

const crash: Check = {
  id: "crash",
  title: "killed while work is under way, still ends it",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const when = "Killed and sent a second message while the model was asked for the first one";
    const hold = holdAt("model", 1);
    const kill = () => stage.agents.kill();
    const { session, second, task } = await interruptAt(stage, hold, "model", when, kill);
    await settle(stage, session);
    await expectTaken(second, when);
    expectEnded(stage, task, when);
  },
};

const knowsAll: Check = {
  id: "knows-all",
  title: "tells new work all that was said",
  modes: ["normal"],
  run: async (stage) => {
    const { wishes } = await interruptTwice(stage, silenceOf("model"), "model");
    const when = "Sent three messages, each during the work on the one before";
    expectTold(stage, wishes, when, lostCause);
  },
};

const thirdMessage: Check = {
  id: "third-message",
  title: "lets each message end the work, the third one, too",
  modes: ["normal"],
  run: async (stage) => {
    const ways = [
      { hold: silenceOf("model"), at: "model", how: "while the model was asked" },
      { hold: holdOf("repo", "close"), at: "repo", how: "when it was almost done" },
    ] as const;
    for (const { hold, at, how } of ways) {
      const when = `When a second message had come ${how}, and a third one during the work on the second`;
      const { session, wishes, ended } = await interruptTwice(stage, hold, at);
      if (!ended) {
        throw new CheckFailed({
          did: `${when}, your agent did not end the work on the second one.`,
          asks: "Each message ends the work that is under way.",
          cause:
            "News of the first work comes late, and your agent treats it as news of the second: it forgets which work is under way.",
          next,
        });
      }
      await expectHistory(stage, session, wishes, when);
    }
  },
};

const oneAtATime: Check = {
  id: "one-at-a-time",
  title: "begins new work after the old work has ended",
  // Only here can Restate show that an invocation waits.
  modes: ["always-replay"],
  run: async (stage) => {
    const when = "Interrupted by a second message";
    const endHold = holdAside(stage, holdOf("repo", "close"));
    // On this clock, each limit of a wait is over at once.
    await stage.agents.setClockBack(day);
    const { session, second, task } = await interruptAt(stage, holdAt("model", 1), "model", when);
    await untilHeld(stage, "repo", second);
    const begun = await untilNewWorkBegins(stage, session, task);
    endHold();
    if (begun) {
      throw new CheckFailed({
        did: `${when}, your agent began new work while the old work still closed its branch.`,
        asks: "Old work has ended before new work begins: both may write to the same files.",
        cause:
          "A cancellation only asks for the end. Nothing waits until it has come, or the wait has a limit.",
        next,
      });
    }
    await settle(stage, session);
  },
};

const cancelledMessage: Check = {
  id: "cancelled-message",
  title: "begins nothing early if a message is cancelled",
  modes: ["normal"],
  run: async (stage) => {
    const when =
      "When the second message was cancelled while it waited for the end of the old work";
    const closing = stage.inject(outageOf("repo", "close"));
    const { session, second, task } = await interruptAt(stage, holdAt("model", 1), "model", when);
    // If another invocation waits for the end of the old work, the message has ended.
    if (await untilItWaits(stage, second)) {
      await untilRefused(stage, (invocation) => invocation === task, when);
      if (await cancelWaiting(stage, session, second, task)) {
        throw new CheckFailed({
          did: `${when}, your agent began new work at once.`,
          asks: "New work begins only when the old work has ended, even if the message that waits for it is cancelled.",
          cause:
            "Whatever error comes while the handler waits is treated as the end of the old work. Its own cancellation is an error, too.",
          next,
        });
      }
    }
    closing.lift();
    await settle(stage, session);
  },
};

const inATool: Check = {
  id: "in-a-tool",
  title: "ends work that is interrupted in a tool",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const when = "Interrupted while it wrote a file";
    const hold = holdOf("repo", "write");
    const { session, second, task } = await interruptAt(stage, hold, "repo", when);
    await settle(stage, session);
    await expectTaken(second, when);
    expectEnded(stage, task, when);
    await expectClosed(stage, when, notClosed);
  },
};

const crashInClosing: Check = {
  id: "crash-in-closing",
  title: "killed while it closes the branch, closes it later",
  modes: ["normal"],
  kills: "child",
  run: async (stage) => {
    const when =
      "Interrupted by a second message, and killed when it was about to close the branch";
    stage.inject(killBefore("repo", "close"));
    const { session, second, task } = await interruptAt(stage, holdAt("model", 1), "model", when);
    await settle(stage, session);
    await expectClosed(
      stage,
      when,
      "What the code closes depends on something that was only in memory when the process was killed.",
    );
    await expectTaken(second, when);
    expectEnded(stage, task, when);
  },
};

const whileOpening: Check = {
  id: "while-opening",
  title: "closes a branch, even if interrupted while it opens it",
  modes: ["normal"],
  run: async (stage) => {
    const when = "Interrupted while it opened its branch";
    const [first, message] = wishesFrom(stage.choices(), 2);
    const session = newSession();
    const release = holdAside(stage, holdAt("repo", 1));
    const { task } = await untilHeld(stage, "repo", await send(stage, session, first));
    const second = await send(stage, session, message);
    if ((await untilHeard(stage, task, second)) === "yes") await untilEnded(stage, task);
    release();
    await settle(stage, session);
    await stage.settled();
    await expectTaken(second, when);
    await expectClosed(
      stage,
      when,
      "The code that closes the branch runs only if the branch was opened. But the request to open it was under way, and it still arrives.",
    );
  },
};

const whileClosing: Check = {
  id: "while-closing",
  title: "closes a branch, even if interrupted while it closes it",
  modes: ["normal"],
  run: async (stage) => {
    const cause =
      "A cancellation also ends the step that closes the branch, and nothing runs that step again.";
    const [first, second] = wishesFrom(stage.choices(), 2);

    const finished = newSession();
    const closing = stage.inject(outageOf("repo", "close"));
    await send(stage, finished, first);
    const done = await untilRefused(stage, () => true, "With nothing else broken");
    for (const nth of [1, 2]) await cancelWhileRefused(stage, done, nth);
    closing.lift();
    await settle(stage, finished);
    await expectClosed(stage, "Cancelled while it closed the branch of finished work", cause);

    const interrupted = newSession();
    const release = holdAside(stage, silenceOf("model"));
    const { task } = await untilHeld(stage, "model", await send(stage, interrupted, first));
    const down = stage.inject(outageOf("repo", "close"));
    await untilHeard(stage, task, await send(stage, interrupted, second));
    release();
    await untilRefused(
      stage,
      (invocation) => invocation === task,
      "Interrupted by a second message",
    );
    for (const nth of [2, 3]) await cancelWhileRefused(stage, task, nth);
    down.lift();
    await settle(stage, interrupted);
    const when = "Interrupted, and cancelled again while it closed its branch";
    await expectClosed(stage, when, cause);
  },
};

const failedWork: Check = {
  id: "failed-work",
  title: "continues after work that failed",
  modes: ["normal"],
  run: async (stage) => {
    const when = "When the model had failed three times, and so the work on a message";
    const session = newSession();
    const wishes = wishesFrom(stage.choices(), 2);
    const [first, second] = wishes;
    const failure = stage.inject(modelAnswers(500, 3));
    await expectTaken(await send(stage, session, first), when);
    await settle(stage, session);
    failure.lift();
    await expectClosed(stage, when, notClosed);
    await expectTaken(await send(stage, session, second), when);
    await settle(stage, session);
    expectTold(stage, wishes, when, lostCause);
    await expectHistory(stage, session, wishes, when);
  },
};

const outage: Check = {
  id: "outage",
  title: "continues when the repository works again",
  modes: ["normal"],
  run: async (stage) => {
    const session = newSession();
    const wishes = wishesFrom(stage.choices(), 3);
    const verbs = ["open", "write", "close"] as const;
    for (const [nth, verb] of verbs.entries()) {
      const when = `When it could not ${verb} for a while`;
      const before = refusedCalls(stage).length;
      const stopAging = stage.ageAttempts();
      const down = stage.inject(outageOf("repo", verb));
      await expectTaken(await send(stage, session, wishes[nth] ?? ""), when);
      await waitOrGiveUp(`${refusals} refusals`, cap, async () =>
        refusedCalls(stage).length >= before + refusals ? true : undefined,
      );
      stopAging();
      down.lift();
      await settle(stage, session);
      const limit = "A limit of attempts or of time ends a step, and so the work.";
      await expectClosed(stage, when, limit);
      await expectHistory(stage, session, wishes.slice(0, nth + 1), when);
    }
  },
};

const fourAtOnce: Check = {
  id: "four-at-once",
  title: "takes four messages at once, and answers all of them",
  modes: ["normal"],
  run: async (stage) => {
    const when = "Sent four messages at once";
    const session = newSession();
    const wishes = wishesFrom(stage.choices(), 4);
    const sent = await Promise.all(wishes.map((wish) => send(stage, session, wish)));
    for (const each of sent) await expectTaken(each, when);
    await settle(stage, session);
    const order = mostTold(stage, wishes);
    expectTold(stage, order.length === wishes.length ? order : wishes, when, lostCause);
    await expectHistory(stage, session, order, when);
    await expectClosed(stage, when, notClosed);
  },
};

suite("10", "coding-agent", [
  builds,
  interrupts,
  crash,
  knowsAll,
  inATool,
  cancelledMessage,
  oneAtATime,
  whileOpening,
  crashInClosing,
  whileClosing,
  failedWork,
  thirdMessage,
  fourAtOnce,
  outage,
  twoAtOnce(oneMessage, next),
  calm(scenario, next),
  asksModelAgain(oneMessage, next),
]);
