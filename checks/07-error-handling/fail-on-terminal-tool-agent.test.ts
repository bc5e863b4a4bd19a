import { calm } from "../shared/calm.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import type { Outcome } from "../stage/invocation.ts";
import type { Mode } from "../stage/restate/admin.ts";
import { scenario } from "./fail-on-terminal-tool-agent.scenario.ts";
import { notTold, refusal, refusalChecks } from "./refusals.ts";

const next =
  "Fix fail-on-terminal-tool-agent.ts, then: npm run check 07 fail-on-terminal-tool-agent";
const code = 404;

const {
  answers,
  refused,
  refusedLater,
  refusedInCrash,
  outage,
  hangs,
  wrongCall,
  endless,
  cancelled,
} = refusalChecks({
  next,
  expectTold: (outcome, when, mode) => {
    if (outcome.kind === "failed" && outcome.code === code && outcome.message.includes(refusal)) {
      return;
    }
    throw notTold(outcome, {
      when,
      asks: `The invocation fails as the tool did, with ${code} and "${refusal}".`,
      cause: causeOfAnswer(outcome, mode),
      next,
    });
  },
});

suite("07", "fail-on-terminal-tool-agent", [
  answers,
  twoAtOnce(scenario, next),
  refused,
  refusedLater,
  refusedInCrash,
  outage,
  hangs,
  wrongCall,
  endless,
  cancelled,
  calm(scenario, next),
  asksModelAgain(scenario, next),
]);

function causeOfAnswer(outcome: Outcome, mode: Mode): string {
  if (outcome.kind === "failed") return "Another error, not the tool's, ended the invocation.";
  if (outcome.kind === "answered" && outcome.answer === "") {
    return "The loop was stopped, but the tool's error was not thrown.";
  }
  return mode === "always-replay"
    ? "Nothing ended the loop: a variable that is set in a step is not set in a replay."
    : "The model got the error as the tool's answer, and nothing ended the loop.";
}
