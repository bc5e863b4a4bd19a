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
      asks: `The answer says what went wrong, "${refusal}", and in which tool: ${tool}.`,
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
    return "The tool's error ended the invocation, but its caller must get an answer.";
  }
  const told = outcome.kind === "answered" ? (JSON.stringify(outcome.answer) ?? "") : "";
  if (told.includes(refusal)) {
    return "The answer does not name the tool. If the answer is the model's, the loop was not stopped.";
  }
  if (told.includes(tool))
    return "The answer gives no reason. The reason is in the error's message.";
  return mode === "always-replay"
    ? "A variable that is set in a step is not set in a replay. Read the AI SDK's result.steps instead."
    : "The code returned result.text: it did not look at result.steps, or only at some of them.";
}
