import { suite } from "../stage/suite.ts";
import { notTold, refusal, refusalChecks } from "./refusals.ts";

const next =
  "Mend stop-on-terminal-tool-agent.ts, then: npm run check 07 stop-on-terminal-tool-agent";
const tool = "getWeather";

const { answers, refused, refusedLater, refusedInCrash, outage, cancelled } = refusalChecks({
  next,
  expectTold: (outcome, when) => {
    const told = outcome.kind === "answered" ? JSON.stringify(outcome.answer) : "";
    if (told?.includes(refusal) && told.includes(tool)) return;
    throw notTold(outcome, {
      when,
      asks: `It answers what went wrong, "${refusal}", and in which tool: ${tool}.`,
      cause:
        outcome.kind === "failed"
          ? "The tool's error ended the invocation, where its caller was to get an answer."
          : "The loop's text was answered, and nobody looked at the steps.",
      next,
    });
  },
});

suite("07", "stop-on-terminal-tool-agent", [
  answers,
  refused,
  refusedLater,
  refusedInCrash,
  outage,
  cancelled,
]);
