import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["capped"],
    question:
      "The loop knows which round it is in. What must it check before it asks the model again?",
    pointer:
      "Restate would retry an ordinary error, with another model call each time. Throw a terminal error.",
    nearlyTheCode: 'if (round > 10) throw new restate.…("No answer after ten rounds.");',
  },
  {
    checks: [
      "approved",
      "approved-each-time",
      "denied",
      "crash-in-approval",
      "review-down",
      "cancelled-in-approval",
    ],
    question: "How did the agent of chapter 03 wait for a human without a waiting process?",
    pointer:
      "An awakeable has an id for requestHumanReview and a promise for the answer. Use it between two rounds.",
    nearlyTheCode: `if (result.toolCalls.length > 3) {
  const approval = ctx.…<boolean>();
  await ctx.run("ask for approval", () => requestHumanReview("…", approval.id));
  if (!(await approval.…)) return "…";
}`,
  },
  {
    checks: [
      "side-by-side",
      "refused",
      "outage",
      "wrong-calls",
      "crash-among-them",
      "cancelled-in-a-round",
    ],
    question:
      "Which calls must you make, and which ones has the AI SDK already answered? What if one of your calls fails?",
    pointer:
      "A wrong call of the model has invalid: true. RestatePromise.all waits for steps, and map turns a failure into a value.",
    nearlyTheCode: `const calls = result.toolCalls.filter((call) => !call.invalid && !call.dynamic);
const outputs = await restate.RestatePromise.…(
  calls.map(({ input }) =>
    ctx
      .run("get weather", () => fetchWeather(input.city))
      .map((weather, failure) => weather ?? { error: … }),
  ),
);`,
  },
];

export const why =
  "Rounds and messages are plain variables. After a crash the loop runs again with the journal's answers and gets back to the same place. So it can ask a human between two rounds, make a round's calls together, and end after ten rounds.";
