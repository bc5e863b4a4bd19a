import { calm } from "../shared/calm.ts";
import { asksModelAgain } from "../shared/model-down.ts";
import { suite } from "../shared/suite.ts";
import { twoAtOnce } from "../shared/two-at-once.ts";
import type { Outcome } from "../stage/invocation.ts";
import type { Mode } from "../stage/restate/admin.ts";
import { notTold, refusal, refusalChecks } from "./refusals.ts";
import { scenario } from "./stop-on-terminal-tool-agent.scenario.ts";

const next =
  "Fix stop-on-terminal-tool-agent.ts, then: npm run check 07 stop-on-terminal-tool-agent";
const tool = "getWeather";

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
    const told = outcome.kind === "answered" ? JSON.stringify(outcome.answer) : "";
    if (told?.includes(refusal) && told.includes(tool)) return;
    throw notTold(outcome, {
      when,
      asks: `It answers what went wrong, "${refusal}", and in which tool: ${tool}.`,
      cause: causeOfAnswer(outcome, mode),
      next,
    });
  },
});

suite("07", "stop-on-terminal-tool-agent", [
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
  if (outcome.kind === "failed") {
    return "The tool's error ended the invocation, where its caller was to get an answer.";
  }
  const told = outcome.kind === "answered" ? (JSON.stringify(outcome.answer) ?? "") : "";
  if (told.includes(refusal)) {
    return "The answer does not name the tool, or it is the model's: then the loop was not stopped.";
  }
  if (told.includes(tool)) return "The answer lacks the reason: an error has it in its message.";
  return mode === "always-replay"
    ? "What a step notes in a variable is not there on a replay; the steps have it."
    : "The loop's text was answered: nobody looked at the steps, or only at some of them.";
}
