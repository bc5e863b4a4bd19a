import type { Hints } from "../shared/hints.ts";

export const hints: Hints = [
  [
    "Each attempt runs your handler from its start. Who could tell them all which trace they are of?",
    "Restate sends each attempt the trace that it belongs to. A hook of the service can read it.",
    "options: { hooks: [openTelemetryHook({ … })] },",
  ],
  [
    "The AI SDK opens a span for each model call that it asks for. Which of them were replays?",
    "The steps have spans of their own now, and only when they run. What do you still need?",
    "Leave the telemetry of generateText away: telemetry: { isEnabled: false }, or no line at all.",
  ],
];

export const why =
  "Restate hands each attempt the trace that its spans are to join, and the hook makes a span for an attempt and for each step that really runs. A step that comes from the journal does not run, so it has no span, and a crash leaves one trace with two attempts. The AI SDK's own telemetry knows nothing of replays, and says what was asked unless told not to: you can do without it.";
