import { CheckFailed } from "../report/check-failed.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { readAllOf } from "../stage/due.ts";
import type { Call, Service } from "../stage/events.ts";
import {
  type Failure,
  holdAt,
  holdEach,
  holdOf,
  killBefore,
  modelAnswers,
  outageOf,
  silenceOf,
} from "../stage/failures.ts";
import type { Invocation } from "../stage/invocation.ts";
import { cancelInvocation, readInvocation } from "../stage/restate/admin.ts";
import { hasHeardOfCancel, hasWaited } from "../stage/restate/journal.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import type { Stage } from "../stage/stage.ts";
import { DidNotCome, waitFor } from "../stage/wait.ts";
import {
  branchesOf,
  expectClosed,
  expectHeard,
  expectHistory,
  expectTaken,
  expectTold,
  glances,
  holdAside,
  modelCallsOf,
  mostTold,
  newSession,
  next,
  send,
  settle,
  untilEnded,
  untilHeard,
  untilHeld,
  wishesFrom,
} from "./coding.ts";
import { oneMessage, scenario } from "./coding-agent.scenario.ts";

// Milliseconds, far more than it takes on two busy cores.
const cap = 20_000;
// Milliseconds.
const day = 24 * 60 * 60 * 1000;
// So often a call must fail before an outage ends.
const refusals = 5;

const notClosed =
  "Code after the work closes the branch, and work that is interrupted or fails never gets there.";

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
    await expectHistory(stage, session, wishes, when);
    expectTold(stage, wishes, when);
    const branches = branchesOf(stage);
    if (branches.length !== 2 || branches.some(({ files }) => files.length === 0)) {
      throw new CheckFailed({
        did: `${when}, your agent wrote files on ${branches.filter(({ files }) => files.length > 0).length} branches for two messages.`,
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
    expectTold(stage, wishes, "Sent three messages, each during the work on the one before");
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
  title: "starts nothing if the message itself is cancelled",
  modes: ["normal"],
  run: async (stage) => {
    const when =
      "When the second message was cancelled while it waited for the end of the old work";
    const closing = stage.inject(outageOf("repo", "close"));
    const { session, second, task } = await interruptAt(stage, holdAt("model", 1), "model", when);
    // If another invocation waits for the end of the old work, the message has ended.
    if (await waitsAsTheMessage(stage, second)) {
      await untilRefused(stage, (invocation) => invocation === task, when);
      await second.cancel();
      if (await untilNewWorkOrNone(stage, session, task)) {
        throw new CheckFailed({
          did: `${when}, your agent began new work at once.`,
          asks: "New work begins only when the old work has ended. Who cancels a message wants no new work.",
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
    expectTold(stage, wishes, when);
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
      const stopAging = stage.ageAttempts();
      const down = stage.inject(outageOf("repo", verb));
      await expectTaken(await send(stage, session, wishes[nth] ?? ""), when);
      await waitFor(`${refusals} refusals`, cap, async () =>
        refusedCalls(stage).length >= refusals * (nth + 1) ? true : undefined,
      ).catch(ignoreDidNotCome);
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
    expectTold(stage, order.length === wishes.length ? order : wishes, when);
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

/**
 * Sends a message, holds its work, and sends another message. Lifts the hold when the work has heard that it is
 * interrupted.
 *
 * @param meanwhile runs between the two messages
 * @throws {CheckFailed} if the work is not interrupted
 */
async function interruptAt(
  stage: Stage,
  hold: Failure,
  at: Service,
  when: string,
  meanwhile?: () => void,
) {
  const session = newSession();
  const [first, message] = wishesFrom(stage.choices(), 2);
  const release = holdAside(stage, hold);
  const { task } = await untilHeld(stage, at, await send(stage, session, first));
  meanwhile?.();
  const second = await send(stage, session, message);
  const heard = await untilHeard(stage, task, second);
  release();
  expectHeard(heard, when);
  return { session, second, task };
}

/** Sends three messages, each while the work on the one before is held: first as given, then at the model. */
async function interruptTwice(stage: Stage, hold: Failure, at: Service) {
  const session = newSession();
  const wishes = wishesFrom(stage.choices(), 3);
  const [first, second, third] = wishes;
  const release = holdAside(stage, hold);
  const { task } = await untilHeld(stage, at, await send(stage, session, first));
  const interrupting = await send(stage, session, second);
  await untilHeard(stage, task, interrupting);
  const ofOthers = ({ service, invocation }: Call) => service === "model" && invocation !== task;
  const endSilence = holdAside(stage, holdEach(ofOthers));
  release();
  const { task: later } = await untilHeld(stage, "model", interrupting, [task]);
  const heard = await untilHeard(stage, later, await send(stage, session, third));
  endSilence();
  await settle(stage, session);
  return { session, wishes, ended: heard === "yes" };
}

/** @throws {CheckFailed} if an interrupted task has asked the model again */
function expectEnded(stage: Stage, task: string, when: string): void {
  if (modelCallsOf(stage, task) <= 1) return;
  throw new CheckFailed({
    did: `${when}, the old work asked the model again.`,
    asks: "Work that is interrupted ends: it asks nobody and writes nothing any more.",
    cause:
      "Something catches the cancellation: your code, or the AI SDK, which gives a tool's error to the model unless stopWhen throws it.",
    next,
  });
}

/** Waits until a message's handler waits for something, or has ended; returns whether it waits. */
function waitsAsTheMessage(stage: Stage, message: Invocation): Promise<boolean> {
  return waitFor("the end of the message, or that it waits", cap, async () => {
    if (message.ending !== undefined) return false;
    return (await hasWaited(stage.server.adminUrl, message.id)) ? true : undefined;
  });
}

/** Waits until a second branch is opened, or all but this task waits; returns whether it was opened. */
async function untilNewWorkBegins(stage: Stage, session: string, task: string): Promise<boolean> {
  let still = 0;
  return waitFor("new work, or that it waits", cap, async () => {
    if (branchesOf(stage).length > 1) return true;
    const others = (await readAllOf(stage, session))?.rows.filter(
      ({ id, status }) => id !== task && status !== "completed",
    );
    const waits = others?.every(({ status }) => status === "suspended") ?? false;
    still = waits ? still + 1 : 0;
    return still >= glances ? false : undefined;
  });
}

/** Waits until a second branch is opened, or all but this task has ended; returns whether it was opened. */
async function untilNewWorkOrNone(stage: Stage, session: string, task: string): Promise<boolean> {
  return waitFor("new work, or the end of all else", cap, async () => {
    if (branchesOf(stage).length > 1) return true;
    const all = await readAllOf(stage, session);
    const isOver = all?.rows.every(({ id, status }) => id === task || status === "completed");
    return isOver ? false : undefined;
  });
}

function refusedCalls(stage: Stage) {
  return stage.calls("repo").filter(({ outcome }) => outcome === 503);
}

/**
 * Waits until a task that is meant cannot close its branch; returns the task's id.
 *
 * @throws {CheckFailed} if it does not try to
 */
async function untilRefused(
  stage: Stage,
  isMeant: (task: string) => boolean,
  when: string,
): Promise<string> {
  const call = await waitFor("a branch that cannot be closed", cap, async () =>
    refusedCalls(stage).find(({ invocation = "" }) => isMeant(invocation)),
  ).catch(ignoreDidNotCome);
  if (call?.invocation !== undefined) return call.invocation;
  throw new CheckFailed({
    did: `${when}, your agent did not close the branch of its work.`,
    asks: "Each branch is closed, no matter how the work on it ends.",
    cause: notClosed,
    next,
  });
}

/** Cancels a task, for the nth time, and waits until it has ended or still tries to close its branch. */
async function cancelWhileRefused(stage: Stage, task: string, nth: number): Promise<void> {
  const { adminUrl } = stage.server;
  await cancelInvocation(adminUrl, task);
  await waitFor("the cancellation", cap, async () =>
    (await hasHeardOfCancel(adminUrl, task, nth)) ? true : undefined,
  );
  const before = refusedCalls(stage).length;
  await waitFor("its end, or more refusals", cap, async () => {
    if (refusedCalls(stage).length >= before + refusals) return true;
    const row = await readInvocation(adminUrl, task);
    return row?.status === "completed" || isMismatch(row?.last_failure ?? "") || undefined;
  }).catch(ignoreDidNotCome);
}

function ignoreDidNotCome(error: unknown): void {
  if (!(error instanceof DidNotCome)) throw error;
}
