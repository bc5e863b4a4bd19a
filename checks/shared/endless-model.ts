import { CheckFailed } from "../report/check-failed.ts";
import { causeOf, tellOutcome } from "../report/outcome.ts";
import type { Invocation } from "../stage/invocation.ts";
import type { ToolCall } from "../stage/model/conversation.ts";
import { modelCalls } from "../stage/model-calls.ts";
import type { Stage } from "../stage/stage.ts";
import type { Check } from "./check.ts";

// More model calls than any of these agents needs. The original loops end after ten at most.
const enough = 25;

/** The check that a loop ends even if the model asks for another tool call each time. */
export function endsTheLoop({
  ask,
  callNth,
  next,
}: {
  ask: (stage: Stage) => Promise<Invocation>;
  /** The tool call in the model's nth answer, counted from 0. */
  callNth: (nth: number) => ToolCall;
  next: string;
}): Check {
  return {
    id: "endless-model",
    title: "ends when the model never stops calling tools",
    modes: ["normal"],
    run: async (stage) => {
      const endless = stage.inject(modelCalls(callsWithoutEnd(callNth)));
      const invocation = await ask(stage);
      const seen = await invocation.untilSeen(() => stage.calls("model")[enough]);
      endless.lift();
      if ("kind" in seen && seen.kind !== "stuck") return;
      throw new CheckFailed({
        did:
          "kind" in seen
            ? `When the model wanted another tool call each time, your agent ${tellOutcome(seen)}`
            : `When the model wanted another tool call each time, your agent asked it more than ${enough} times.`,
        asks: "The loop ends after some rounds: a model that never finishes costs money until somebody stops it.",
        cause:
          ("kind" in seen ? causeOf(seen) : undefined) ?? "isStepCount is missing in stopWhen.",
        next,
      });
    },
  };
}

function* callsWithoutEnd(callNth: (nth: number) => ToolCall): Generator<ToolCall[]> {
  for (let nth = 0; ; nth++) yield [callNth(nth)];
}
