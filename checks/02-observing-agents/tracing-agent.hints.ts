import type { Hints } from "../hints.ts";

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
