import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "The loop knows which round it is in. What must it do before it asks the model once more?",
    "An ordinary error would be tried again, with another model call each time. This one is permanent.",
    'if (round > 10) throw new restate.…("No answer after ten rounds.");',
  ],
  [
    "How did the agent of chapter 03 wait for a human, without a process that waits?",
    "An awakeable has an id for requestHumanReview and a promise for the answer. All that is between two rounds.",
    `if (result.toolCalls.length > 3) {
  const approval = ctx.…<boolean>();
  await ctx.run("ask for approval", () => requestHumanReview("…", approval.id));
  if (!(await approval.…)) return "…";
}`,
  ],
  [
    "Which calls are yours to make, and which has the AI SDK answered already? What if one of them fails?",
    "A call has invalid where the model got it wrong. RestatePromise.all waits for steps, and map turns a failure into a value.",
    `const calls = result.toolCalls.filter((call) => !call.invalid && !call.dynamic);
const outputs = await restate.RestatePromise.…(
  calls.map(({ input }) =>
    ctx
      .run("get weather", () => fetchWeather(input.city))
      .map((weather, failure) => weather ?? { error: … }),
  ),
);`,
  ],
];

export const why =
  "Rounds and messages are plain variables: after a crash the loop runs again with the journal's answers and comes to the same place. So it may ask a human between two rounds, make a round's calls together, and end after ten.";
