import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  {
    checks: ["real-calls", "one-trace"],
    question:
      "Each attempt runs your handler from its start. Who can tell all attempts which trace they belong to?",
    pointer: "Restate tells each attempt which trace to join. A hook of the service can read that.",
    nearlyTheCode: "options: { hooks: [openTelemetryHook({ … })] },",
  },
  {
    checks: ["nothing-private", "none-for-replays"],
    question:
      "The AI SDK opens a span for each model call that it asks for. Which of these calls were replayed?",
    pointer:
      "Steps have spans of their own now, but only if they run. Which telemetry do you still need?",
    nearlyTheCode:
      "Turn off the telemetry of generateText: telemetry: { isEnabled: false }, or remove the line.",
  },
];

export const prediction =
  "In the original code, two kills leave three traces, one for each attempt. With your fix there is one trace with three attempts.";

export const why =
  "Restate tells each attempt which trace to join. The hook makes a span for each attempt and for each step that really runs. A replayed step does not run, so it has no span, and a crash leaves one trace with two attempts. The AI SDK's own telemetry does not know about replays, and it records prompts unless you tell it not to. You do not need it.";
