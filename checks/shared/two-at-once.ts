import { causes } from "../report/causes.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { tellOutcome, wordsInAnyOrder } from "../report/outcome.ts";
import { times } from "../report/times.ts";
import type { Call } from "../stage/events.ts";
import { type Failure, holdEach } from "../stage/failures.ts";
import type { Invocation, Outcome } from "../stage/invocation.ts";
import { isMismatch } from "../stage/restate/mismatch.ts";
import type { Stage } from "../stage/stage.ts";
import type { Scenario } from "../stage/sweep.ts";
import { withoutIds } from "../stage/without-ids.ts";
import type { Entry } from "../stage/world/ledger.ts";
import { failedAttempts } from "./calm.ts";
import { CannotTell, type Check } from "./check.ts";

const keptInTheModule = causes.module;
const takenForTheSame =
  "A key or a cached value depends only on the input, so a second, equal request is treated as the first.";
const alsoAlone =
  "An attempt fails even if the agent runs alone, so two runs at once were not tried.";
const neverEnds = "This agent never ends, even when it runs alone.";

/**
 * The check of two runs at the same time. One is held in a model call while the other runs from its call
 * to its outcome. Each must do what it does alone.
 */
export function twoAtOnce(scenario: Scenario, next: string): Check {
  return {
    id: "two-at-once",
    title: "keeps parallel runs apart",
    modes: ["normal", "always-replay"],
    run: async (stage) => {
      const play = (turn: number) => new Play(stage, scenario, turn);
      const alone = await toItsEndAlone(stage, () => play(0), next);
      const otherAlone = await toItsEndAlone(stage, () => play(1), next);
      await expectCalm(stage, [alone, otherAlone]);
      const again = await play(1).toItsEnd();
      if (tellDifference(again, otherAlone) !== undefined) {
        await expectNotByChance(stage, () => play(1));
        const cause = isLess(again, otherAlone) ? takenForTheSame : keptInTheModule;
        const when = "Asked the same question again";
        expectSame(again, otherAlone, { when, cause, next });
      }

      const held = play(0);
      const beside = {
        when: "While another run waited for the model",
        cause: keptInTheModule,
        next,
      };
      for (const nth of [1, alone.modelCalls]) {
        await held.untilModelCall(nth);
        expectSame(await play(1).toItsEnd(), otherAlone, beside);
      }
      const when = "When another run had finished while this run waited for the model";
      expectSame(await held.toItsEnd(), alone, { when, cause: keptInTheModule, next });
    },
  };
}

/** @throws {CannotTell} if attempts also fail when a run is alone: then other runs are not the reason */
async function expectCalm(stage: Stage, done: readonly Done[]): Promise<void> {
  const told = done.flatMap(({ outcome }) => (outcome.kind === "failed" ? [outcome.message] : []));
  const failures = await failedAttempts(stage, told);
  if (failures.length > 0) throw new CannotTell(alsoAlone);
}

/**
 * @throws {CheckFailed} if the run never ends, but only in a process that has had other runs
 * @throws {CannotTell} if the run never ends in a new process either
 */
async function toItsEndAlone(stage: Stage, play: () => Play, next: string): Promise<Done> {
  const first = play();
  const done = await first.toItsEnd();
  if (done.outcome.kind !== "stuck") return done;
  if (isMismatch(done.outcome.why)) throw new CannotTell(alsoAlone);
  await first.kill();
  stage.agents.kill();
  const again = await play().toItsEnd();
  if (again.outcome.kind === "stuck") throw new CannotTell(neverEnds);
  throw new CheckFailed({
    did: `In a process that had served other runs, your agent ${tellOutcome(done.outcome)}`,
    asks: "One process serves many runs. Earlier runs must not change later ones.",
    cause: keptInTheModule,
    next,
  });
}

/** @throws {CannotTell} unless the run does the same in two processes that have had no other run */
async function expectNotByChance(stage: Stage, play: () => Play): Promise<void> {
  stage.agents.kill();
  const one = await play().toItsEnd();
  stage.agents.kill();
  const other = await play().toItsEnd();
  if (tellDifference(one, other) === undefined) return;
  throw new CannotTell("This agent does something different each time, even when it runs alone.");
}

/** What a run did, in words that are equal if the same was done. */
interface Done {
  outcome: Outcome;
  /** How often the model was called, by the run and by what it called. */
  modelCalls: number;
  /** The calls of the agent's own process. */
  calls: string[];
  /** The effects that the world makes only once per key. */
  effects: string[];
}

/** A scenario that can be held at the model. Of all plays on a stage, only one may run at a time. */
class Play {
  readonly #stage: Stage;
  readonly #begin: () => Promise<Outcome>;
  readonly #invocations: Invocation[] = [];
  readonly #calls: Call[] = [];
  readonly #effects: Entry[] = [];
  readonly #modelCalls: Call[] = [];
  #ended: Promise<Outcome> | undefined;
  #moving = false;
  #hold: Failure | undefined;

  constructor(stage: Stage, scenario: Scenario, turn: number) {
    this.#stage = stage;
    this.#begin = () => scenario(stage, stage.choices(turn));
  }

  /** Lets it run until its nth model call or its end. That call and all later ones are held. */
  async untilModelCall(nth: number): Promise<void> {
    const { promise: held, resolve } = Promise.withResolvers<void>();
    const hold = holdEach((call) => {
      const meant = this.#isMine(call) && this.#placeOf(call) >= nth;
      if (meant) resolve();
      return meant;
    });
    // This hold is no failure for other runs, so they may be found stuck while it lasts.
    this.#stage.inject({ ...hold, standing: false });
    this.#hold?.lift();
    this.#hold = hold;
    await this.#move((ended) => Promise.race([ended, held]));
  }

  async toItsEnd(): Promise<Done> {
    this.#hold?.lift();
    const outcome = await this.#move((ended) => ended);
    return {
      outcome,
      modelCalls: this.#calls.filter(({ service }) => service === "model").length,
      calls: this.#calls
        .filter(({ by }) => by === "agent")
        .map(({ service, subject }) => `${service} ${withoutIds(subject)}`.trim()),
      effects: this.#effects
        .filter(
          ({ effect, repeated }) => !repeated && effect !== "weather" && effect !== "analysis",
        )
        .map(({ effect }) => effect),
    };
  }

  /** Ends its invocations, which would never end. */
  async kill(): Promise<void> {
    await Promise.all(this.#invocations.map((each) => each.kill()));
  }

  async #move<Reached>(until: (ended: Promise<Outcome>) => Promise<Reached>): Promise<Reached> {
    const stage = this.#stage;
    const invoked = stage.invocations.length;
    const called = stage.allCalls.length;
    const entered = stage.world.ledger.entries.length;
    this.#moving = true;
    this.#ended ??= this.#begin();
    const reached = await until(this.#ended);
    this.#moving = false;
    this.#invocations.push(...stage.invocations.slice(invoked));
    this.#calls.push(...stage.allCalls.slice(called));
    this.#effects.push(...stage.world.ledger.entries.slice(entered));
    return reached;
  }

  #isMine({ service, run }: Call): boolean {
    if (service !== "model") return false;
    return this.#moving || this.#invocations.some(({ id }) => id === run);
  }

  /** Its position among this play's model calls, from 1. */
  #placeOf(call: Call): number {
    if (!this.#modelCalls.includes(call)) this.#modelCalls.push(call);
    return this.#modelCalls.indexOf(call) + 1;
  }
}

/** @throws {CheckFailed} unless a run did the same as alone */
function expectSame(
  done: Done,
  alone: Done,
  { when, cause, next }: { when: string; cause: string; next: string },
): void {
  const did = tellDifference(done, alone);
  if (did === undefined) return;
  throw new CheckFailed({
    did: `${when}, your agent ${did}`,
    asks: "One process serves many runs at once: each has its own answer, calls and effects.",
    cause,
    next,
  });
}

function tellDifference(done: Done, alone: Done): string | undefined {
  if (wordsInAnyOrder(done.outcome) !== wordsInAnyOrder(alone.outcome)) {
    return `${tellOutcome(done.outcome)}. Alone, it ${tellOutcome(alone.outcome)}`;
  }
  return (
    tellCounts(done.calls, alone.calls, "called") ??
    tellCounts(done.effects, alone.effects, "requested a")
  );
}

/** Whether a run made fewer effects or fewer calls than alone. */
function isLess(done: Done, alone: Done): boolean {
  return done.calls.length < alone.calls.length || done.effects.length < alone.effects.length;
}

/** Words for the first thing that was done more or less often than alone; undefined if there is none. */
function tellCounts(done: string[], alone: string[], verb: string): string | undefined {
  const count = (list: string[], thing: string) => list.filter((each) => each === thing).length;
  const other = [...done, ...alone].find((each) => count(done, each) !== count(alone, each));
  if (other === undefined) return undefined;
  return `${verb} ${other} ${times(count(done, other))}, but ${times(count(alone, other))} when it runs alone.`;
}
