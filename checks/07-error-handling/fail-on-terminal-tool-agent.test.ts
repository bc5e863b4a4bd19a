import { suite } from "../stage/suite.ts";
import { notTold, refusal, refusalChecks } from "./refusals.ts";

const next =
  "Mend fail-on-terminal-tool-agent.ts, then: npm run check 07 fail-on-terminal-tool-agent";
const code = 404;

const { answers, refused, refusedLater, refusedInCrash, outage, cancelled } = refusalChecks({
  next,
  expectTold: (outcome, when) => {
    if (outcome.kind === "failed" && outcome.code === code && outcome.message.includes(refusal)) {
      return;
    }
    throw notTold(outcome, {
      when,
      asks: `The invocation fails as the tool did, with ${code} and "${refusal}".`,
      cause:
        outcome.kind === "failed"
          ? "The error that ends it is another one than the tool's."
          : "The error went to the model as the tool's answer, and nothing ended the loop.",
      next,
    });
  },
});

suite("07", "fail-on-terminal-tool-agent", [
  answers,
  refused,
  refusedLater,
  refusedInCrash,
  outage,
  cancelled,
]);
