/** A plan for a day with a room of learners. */
export interface Plan {
  name: string;
  /** From the beginning to the end, with pauses, in minutes. */
  minutes: number;
  parts: readonly Part[];
}

/** A deck with the exercises that are done in the room, or a pause. */
export type Part =
  | {
      /** `opening`, `01`, `closing` */
      deck: string;
      exercises: readonly string[];
      /** Those of the exercises to leave for later first, if time runs short. */
      mayWait: readonly string[];
    }
  | { pause: string; minutes: number };

const deck = (
  name: string,
  exercises: readonly string[] = [],
  mayWait: readonly string[] = [],
) => ({
  deck: name,
  exercises,
  mayWait,
});

export const plans: readonly Plan[] = [
  {
    name: "half day",
    minutes: 240,
    parts: [
      deck("opening"),
      deck("01", ["agent"]),
      deck("03", ["agent", "agent-with-timeout"], ["agent-with-timeout"]),
      { pause: "break", minutes: 15 },
      deck("04", ["agent"]),
      { pause: "break", minutes: 10 },
      deck("07", ["fail-on-terminal-tool-agent"], ["fail-on-terminal-tool-agent"]),
      deck("08", ["rollback-agent"], ["rollback-agent"]),
      deck("closing"),
    ],
  },
  {
    name: "one day",
    minutes: 480,
    parts: [
      deck("opening"),
      deck("01", ["agent"]),
      deck("02", ["agent"], ["agent"]),
      { pause: "break", minutes: 15 },
      deck("03", ["agent", "agent-with-timeout"], ["agent-with-timeout"]),
      deck("04", ["agent"]),
      { pause: "lunch", minutes: 60 },
      deck("05", ["sub-workflow-agent", "multi-agent"], ["multi-agent"]),
      deck("06", ["parallel-tools-agent", "racing-agents"], ["racing-agents"]),
      { pause: "break", minutes: 15 },
      deck("07", ["fail-on-terminal-tool-agent", "retry-budget-agent"], ["retry-budget-agent"]),
      { pause: "break", minutes: 10 },
      deck("08", ["rollback-agent"], ["rollback-agent"]),
      deck("09", ["reminder-agent"], ["reminder-agent"]),
      deck("closing"),
    ],
  },
];
