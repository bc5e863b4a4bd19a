import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import {
  expectCalled,
  expectCalledEnded,
  expectCancelled,
  expectOneAttempt,
} from "../shared/called.ts";
import { calm } from "../shared/calm.ts";
import type { Check } from "../shared/check.ts";
import { chooseClaim, expectFindings } from "../shared/claims.ts";
import { expectOwnLabels } from "../shared/labels.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { letADayPass, shortenDays } from "../shared/short-days.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import { holdAt, killAfter, killBefore, outageOf, refusalOf } from "../stage/failures.ts";
import type { Stage } from "../stage/stage.ts";
import { scenario } from "./multi-agent.scenario.ts";

const next = "Fix multi-agent.ts, then: npm run check 05 multi-agent";
const specialists = ["EligibilityAgent", "FraudCheckAgent"];
const analyses = ["eligibility", "fraud"] as const;
// How often the agent calls the model, and how often both specialists together call it.
const byAgent = 3;
const bySpecialists = 2;

const decides: Check = {
  id: "decides",
  title: "uses what both specialists say",
  modes: ["normal"],
  run: async (stage) => {
    const claim = chooseClaim(stage.choices());
    const invocation = await stage.invoke("run", claim);
    expectFindings(await invocation.outcome(), {
      claim,
      analyses,
      when: "With nothing broken",
      next,
    });
    expectOwnLabels(stage, "With nothing broken", next);
  },
};

const ownInvocations: Check = {
  id: "own-invocations",
  title: "calls each specialist as an invocation",
  modes: ["normal", "always-replay"],
  run: async (stage) => {
    const claim = chooseClaim(stage.choices());
    const invocation = await stage.invoke("run", claim);
    expectFindings(await invocation.outcome(), {
      claim,
      analyses,
      when: "With nothing broken",
      next,
    });
    await expectCalled(invocation, specialists, "With nothing broken", next);
    expectCallsOfModel(stage, "With nothing broken");
  },
};

const agentDiesAlone: Check = {
  id: "agent-dies-alone",
  title: "killed, does not ask the specialists again",
  modes: ["normal"],
  kills: "agent",
  run: async (stage) => {
    // The agent's last model call comes after two of its own and one of each specialist.
    stage.inject(killBefore("model", byAgent + bySpecialists));
    const claim = chooseClaim(stage.choices());
    const when = "Killed when both specialists had answered";
    const invocation = await stage.invoke("run", claim);
    expectFindings(await invocation.outcome(), { claim, analyses, when: when, next });
    await expectCalled(invocation, specialists, when, next);
    expectCallsOfModel(stage, when, { agentAgain: 1 });
  },
};

const specialistDiesAlone: Check = {
  id: "specialist-dies-alone",
  title: "does not run again when a specialist is killed",
  modes: ["normal"],
  kills: "child",
  run: async (stage) => {
    stage.inject(killAfter("analysis", 1));
    const claim = chooseClaim(stage.choices());
    const when = "When a specialist's process was killed";
    const invocation = await stage.invoke("run", claim);
    expectFindings(await invocation.outcome(), { claim, analyses, when: when, next });
    expectOneAttempt(invocation, when, next);
    expectCallsOfModel(stage, when);
  },
};

const specialistDown: Check = {
  id: "specialist-down",
  title: "waits for a specialist that is down",
  modes: ["normal", "always-replay"],
  run: async (stage, _, mode) => {
    if (mode === "normal") await shortenDays(stage);
    const down = new Map(
      analyses.map((analysis) => [analysis, stage.inject(outageOf("analysis", analysis))]),
    );
    const claim = chooseClaim(stage.choices());
    const when = "When a specialist could not work for a day";
    const invocation = await stage.invoke("run", claim);
    // The agent asks one specialist after the other, so it meets one outage after the other.
    while (down.size > 0) {
      const seen = await invocation.untilSeen(() => {
        const tried = [...down.keys()].find((analysis) => triesOf(stage, analysis) > 4);
        return tried && { tried };
      });
      if ("kind" in seen) return expectFindings(seen, { claim, analyses, when, next });
      if (mode === "normal" && down.size === 1) await letADayPass(stage, invocation);
      down.get(seen.tried)?.lift();
      down.delete(seen.tried);
    }
    expectFindings(await invocation.outcome(), { claim, analyses, when: when, next });
    expectCallsOfModel(stage, when);
  },
};

const specialistRefuses: Check = {
  id: "specialist-refuses",
  title: "does not treat a specialist's error as success",
  modes: ["normal"],
  run: async (stage) => {
    const words = `No policy has number ${stage.choices().integer(10_000, 99_999)}.`;
    const refusal = stage.inject(refusalOf("analysis", words));
    const invocation = await stage.invoke("run", chooseClaim(stage.choices()));
    const outcome = await invocation.outcome();
    refusal.lift();
    if (outcome.kind === "failed" && outcome.message.includes(words)) return;
    const told = stage.calls("model").some(({ asked }) => asked.includes(words));
    if (outcome.kind === "answered" && told) return;
    throw new CheckFailed({
      did: `When a specialist failed permanently, the model was not told why, and your agent ${tellOutcome(outcome)}`,
      asks: "A specialist's error ends the agent, or the model is told about it. An error must not look like success.",
      cause: causeOf(outcome) ?? "The error is caught, and something else is returned instead.",
      next,
    });
  },
};

const cancelled: Check = {
  id: "cancelled",
  title: "if cancelled, stops the specialist",
  modes: ["normal"],
  run: async (stage) => {
    const held = stage.inject(holdAt("analysis", 1));
    const invocation = await stage.invoke("run", chooseClaim(stage.choices()));
    await invocation.untilSeen(() => stage.calls("analysis")[0]);
    await invocation.cancel();
    // The specialist must end although its own call is still held.
    await expectCalledEnded(invocation, next);
    held.lift();
    expectCancelled(await invocation.outcome(), "Cancelled while a specialist worked", next);
  },
};

suite("05", "multi-agent", [
  decides,
  twoAtOnce(scenario, next),
  ownInvocations,
  agentDiesAlone,
  specialistDiesAlone,
  specialistDown,
  specialistRefuses,
  cancelled,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

function triesOf(stage: Stage, analysis: string): number {
  return stage.calls("analysis").filter(({ subject }) => subject === analysis).length;
}

/** @throws {CheckFailed} if the model was called more often than necessary */
function expectCallsOfModel(stage: Stage, when: string, { agentAgain } = { agentAgain: 0 }): void {
  const count = (part: "agent" | "child") =>
    stage.calls("model").filter(({ by }) => by === part).length;
  const most = { agent: byAgent + agentAgain, child: bySpecialists };
  if (count("agent") <= most.agent && count("child") <= most.child) return;
  throw new CheckFailed({
    did: `${when}, the model was called ${count("agent")} times by your agent and ${count("child")} times by specialists, where ${most.agent} and ${most.child} are enough.`,
    asks: "Each invocation keeps the model's answers in its own journal, and does not ask for them again.",
    cause: "A model call is outside any journal, or the agent does a specialist's work itself.",
    next,
  });
}
