import { CheckFailed } from "../report/check-failed.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { untilNothingIsDue } from "../stage/due.ts";
import {
  holdAt,
  killAfter,
  killBefore,
  modelAnswers,
  outageOf,
  refusalOf,
} from "../stage/failures.ts";
import { cancelInvocation } from "../stage/restate/admin.ts";
import type { Chooser } from "../stage/seed.ts";
import type { Stage } from "../stage/stage.ts";
import { waitFor } from "../stage/wait.ts";
import { day, follow, hour, late, newUser, type Told } from "./days.ts";
import { scenario } from "./digest-agent.scenario.ts";
import {
  atMost,
  begin,
  doubts,
  duesOf,
  each,
  expectAnswer,
  expectDigests,
  expectNext,
  next,
  nextDueOf,
  type Subscription,
  start,
  subscriptionFrom,
} from "./digests.ts";

// Milliseconds: so much may two clocks in a data centre differ.
const lag = 2_000;
// Milliseconds, far more than it takes on two busy cores.
const cap = 30_000;

const digests: Check = {
  id: "digests",
  title: "sends a digest each day",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const when = "With nothing broken";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    await start(stage, user, subscription, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    await expectDigests(stage, told, each(dues), when, doubts);
    await expectNext(stage, user, nextDueOf(subscription), when);
    expectMore(later, when);
  },
};

const crash: Check = {
  id: "crash-in-run",
  title: "killed while it writes or sends, still sends each digest once",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const when = "Killed after the digest of day 1 was sent, and when the model was asked on day 3";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    stage.inject(killAfter("push", 1));
    stage.inject(killBefore("model", 3));
    await start(stage, user, subscription, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    await expectDigests(stage, told, each(dues), when, doubts);
    expectMore(later, when);
  },
};

const clocksDiffer: Check = {
  id: "clocks-differ",
  title: "sends each digest once if its clock is behind Restate's",
  modes: ["normal"],
  run: async (stage) => {
    const when = `When your agent's clock was ${lag / 1000} seconds behind Restate's`;
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    stage.agents.setLag(lag);
    await start(stage, user, subscription, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    await expectDigests(stage, told, each(dues), when, {
      ...doubts,
      several:
        "The run begins before its time by this clock, so the next time after now is the same time again.",
    });
    expectMore(later, when);
  },
};

const missed: Check = {
  id: "missed",
  title: "skips the days on which it was down",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    const when = "Down from before the first digest until two days later";
    const { user, told, subscription } = await begin(stage, stage.choices(), 3);
    const stop = stage.listen((event) => {
      const isStart = (invocation: string) => stage.invocations.some(({ id }) => id === invocation);
      if (event.kind !== "attempt" || isStart(event.invocation)) return;
      stop();
      stage.agents.kill();
      stage.agents.putClockForward(Date.now() - hour);
    });
    await start(stage, user, subscription, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    if (told.length > 1) {
      throw new CheckFailed({
        did: `${when}, your agent sent ${told.length} digests at once when it was back.`,
        asks: "Days that were missed are skipped: nobody reads the news of three days at breakfast.",
        cause: "The next run is planned from the time of this one, even if that is over, too.",
        next,
      });
    }
    await expectNext(stage, user, nextDueOf(subscription), when);
    expectMore(later, when);
  },
};

const outage: Check = {
  id: "outage",
  title: "continues after an outage",
  modes: ["normal"],
  run: async (stage) => {
    const when = "When notifications had failed for a day";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    const down = stage.inject(outageOf("push"));
    const refused = stage.listen(() => {
      const failed = stage.calls("push").filter(({ outcome }) => outcome === 503);
      if (failed.length < 3) return;
      refused();
      stage.agents.putClockForward(stage.agents.time + day);
      down.lift();
    });
    await start(stage, user, subscription, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    // The run of day 2 may be late, or skipped.
    await expectLaterDays(stage, told, dues, 2, when);
    expectMore(later, when);
  },
};

const refused: Check = {
  id: "refused",
  title: "continues after days on which it failed",
  modes: ["normal"],
  run: async (stage) => {
    const when =
      "When the push service had refused day 1, and the model had failed three times after it";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 5);
    const refusal = stage.inject(refusalOf("push", "This phone is unknown."));
    const failure = modelAnswers(500, 3);
    const stop = stage.listen((event) => {
      if (event.kind !== "call" || event.call.service !== "push") return;
      if (event.call.outcome !== 422) return;
      stop();
      refusal.lift();
      stage.inject(failure);
    });
    await start(stage, user, subscription, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    failure.lift();
    // An agent that asks the model once a day fails on three days.
    await expectLaterDays(stage, told, dues, 4, when);
    expectMore(later, when);
  },
};

const cancelled: Check = {
  id: "cancelled",
  title: "continues after a run that was cancelled",
  modes: ["normal"],
  run: async (stage) => {
    const when = "When the run of day 1 was cancelled";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    const { hold, run } = await startAndHold(stage, user, subscription, when);
    stage.noteCancelled();
    await cancelInvocation(stage.server.adminUrl, run);
    hold.lift();
    const later = await untilNothingIsDue(stage, user, Date.now());
    await expectLaterDays(stage, told, dues, 1, when);
    expectMore(later, when);
  },
};

const startedAgain: Check = {
  id: "started-again",
  title: "replaces a subscription by the next one",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const when = "Started again for another subject and hour, while a digest was being written";
    const choices = stage.choices();
    const { user, told, subscription: first, dues } = await begin(stage, choices, 3);
    const second = anotherSubscription(first, choices);
    const duesOfSecond = duesOf(second, stage.agents.time, Date.now());
    const { hold } = await startAndHold(stage, user, first, when);
    const again = await stage.invoke(`${user}/start`, second);
    hold.lift();
    await expectAnswer(again, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    const begun = told.findIndex(({ text }) => text.includes(second.about));
    const since = told[begun]?.at ?? Date.now();
    const old = dues.filter((due) => due <= since);
    const wanted = duesOfSecond.filter((due) => due > since - late);
    if (begun === -1) {
      throw new CheckFailed({
        did: `${when}, the user got no digest about ${second.about}.`,
        asks: "start replaces the subscription.",
        cause:
          "start ignores a second subscription, or plans no run for it, or one for a later day.",
        next,
      });
    }
    const isLeft =
      "The run of the old subscription is still planned, and each run plans another one.";
    const whatIsLeft = { none: doubts.none, several: isLeft, other: isLeft };
    await expectDigests(stage, told.slice(0, begun), atMost(old), when, whatIsLeft);
    await expectDigests(stage, told.slice(begun), each(wanted), when, whatIsLeft);
    await expectNext(stage, user, nextDueOf(second), when);
    expectMore(later, when);
  },
};

const stopped: Check = {
  id: "stopped",
  title: "stops, even while a digest is being written",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const when = "Stopped while the digest of day 1 was being written";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    const { hold } = await startAndHold(stage, user, subscription, when);
    const stop = await stage.invoke(`${user}/stop`, null);
    hold.lift();
    await expectAnswer(stop, when);
    await untilNothingIsDue(stage, user, Date.now());
    // The run of day 2 may have had its turn before stop.
    if (told.length > 2) {
      throw new CheckFailed({
        did: `${when}, your agent sent digests for ${dues.length} days.`,
        asks: "When stop has answered, no digest comes any more.",
        cause: "A run is planned that stop does not cancel.",
        next,
      });
    }
    await expectNext(stage, user, undefined, when);
  },
};

const stoppedAndStarted: Check = {
  id: "stopped-and-started",
  title: "stopped and started again, sends each digest once",
  modes: ["normal"],
  run: async (stage) => {
    const when = "Stopped and started again while the digest of day 1 was being written";
    const { user, told, subscription, dues } = await begin(stage, stage.choices(), 3);
    const { hold } = await startAndHold(stage, user, subscription, when);
    const stop = await stage.invoke(`${user}/stop`, null);
    const again = await stage.invoke(`${user}/start`, subscription);
    hold.lift();
    await expectAnswer(stop, when);
    await expectAnswer(again, when);
    const later = await untilNothingIsDue(stage, user, Date.now());
    await expectDigests(stage, told, each(dues), when, {
      ...doubts,
      none: "Nothing plans the next run, or stop also ends what is started after it.",
      several: "stop leaves a run that is planned. When it begins, there is a subscription again.",
    });
    expectMore(later, when);
  },
};

const clocksChange: Check = {
  id: "clocks-change",
  title: "keeps the hour when clocks are changed",
  modes: ["normal"],
  run: async (stage) => {
    const zones = ["America/New_York", "Australia/Sydney", "Europe/Oslo"];
    for (const change of latestChanges(stage.choices().one(zones))) {
      const when = `Around ${change.day}, when ${change.timeZone} changed its clocks`;
      const subscription = { about: "the clocks", ...change.oddTime, timeZone: change.timeZone };
      const user = newUser();
      const told = follow(stage, user);
      await stage.agents.setClockBack(Date.now() - (change.at - 1.5 * day));
      const dues = duesOf(subscription, stage.agents.time, change.at + 30 * day).slice(0, 3);
      await start(stage, user, subscription, when);
      const over = untilNothingIsDue(stage, user, Date.now());
      await Promise.race([
        over,
        waitFor("the digests", cap, async () => told.length >= 3 || undefined).catch(() => {}),
      ]);
      await expectAnswer(await stage.invoke(`${user}/stop`, null), when);
      await over;
      const inTime = told.slice(0, dues.length);
      await expectDigests(stage, inTime, each(dues), when, {
        none: aDayIsNotADay,
        several: aDayIsNotADay,
        other: aDayIsNotADay,
      });
    }
  },
};

const aDayIsNotADay =
  "24 hours are added, or a day to a time that a change has moved. Use nextTime: a day has 23, 24 or 25 hours.";

suite("09", "digest-agent", [
  digests,
  twoAtOnce(scenario, next),
  crash,
  startedAgain,
  outage,
  refused,
  cancelled,
  stopped,
  stoppedAndStarted,
  clocksDiffer,
  missed,
  clocksChange,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

/** Digests must have come on all days but the first ones, on which they may have failed. */
async function expectLaterDays(
  stage: Stage,
  told: readonly Told[],
  dues: readonly number[],
  first: number,
  when: string,
): Promise<void> {
  const wanted = [...atMost(dues.slice(0, first)), ...each(dues.slice(first))];
  await expectDigests(stage, told, wanted, when, {
    ...doubts,
    none: "The next run is planned at the end. A run that fails does not get there.",
  });
}

/** @throws {CheckFailed} if no invocation waits for the next day */
function expectMore(later: number, when: string): void {
  if (later > 0) return;
  throw new CheckFailed({
    did: `${when}, no run is planned for the next day.`,
    asks: "There is a next run, even if this one fails or is cancelled.",
    cause: doubts.none,
    next,
  });
}

/** Subscribes, and holds the first run at the model; returns the run's id. */
async function startAndHold(stage: Stage, user: string, subscription: Subscription, when: string) {
  const hold = stage.inject(holdAt("model", 1));
  await start(stage, user, subscription, when);
  const { invocation: run } = await waitFor("the first call of the model", cap, async () =>
    stage.calls("model").find(({ held }) => held),
  );
  if (run === undefined) throw new Error("A call of the model does not name its run.");
  return { hold, run };
}

/** One with another subject and, by an hour or more, another time of its digests. */
function anotherSubscription(first: Subscription, choices: Chooser): Subscription {
  for (;;) {
    const second = subscriptionFrom(choices);
    const apart = Math.abs(nextDueOf(second) - nextDueOf(first));
    if (second.about !== first.about && apart >= hour) return second;
  }
}

/**
 * The latest two changes of a time zone's clocks, one forward and one back: when, in milliseconds since 1970,
 * and a time of day that the change takes away or repeats.
 */
function latestChanges(timeZone: string) {
  const latest = changeBefore(Temporal.Now.zonedDateTimeISO(timeZone));
  return [latest, changeBefore(latest)].map((change) => {
    const before = change.subtract({ nanoseconds: 1 });
    const isForward = change.offsetNanoseconds > before.offsetNanoseconds;
    const wall = before.toPlainDateTime().add({ minutes: isForward ? 30 : -30 });
    return {
      timeZone,
      at: change.epochMilliseconds,
      day: change.toPlainDate().toString(),
      oddTime: { hour: wall.hour, minute: wall.minute },
    };
  });
}

function changeBefore(time: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  const change = time.getTimeZoneTransition("previous");
  if (change === null) throw new Error(`${time.timeZoneId} never changes its clocks.`);
  return change;
}
