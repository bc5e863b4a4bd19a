/** One agent file of a chapter, with the checks that belong to it. */
export interface Exercise {
  /** The file without `.ts`: how `npm run check 03 agent-with-timeout` names it. */
  id: string;
  service: string;
  minutes: number;
}

/** A numbered folder of exercises, one per chapter of the tour of AI agents. */
export interface Chapter {
  number: string;
  /** The folder's name in `exercises`, `solutions` and `checks`. */
  slug: string;
  title: string;
  exercises: readonly Exercise[];
  /** The tour's own commands, to be run while `npm start` is up. */
  curl: readonly string[];
}

export const chapters: readonly Chapter[] = [
  {
    number: "01",
    slug: "01-durable-execution",
    title: "Durable execution",
    exercises: [{ id: "agent", service: "WeatherAgent", minutes: 15 }],
    curl: [
      `curl localhost:8080/WeatherAgent/run \\
  --json '{"prompt": "What is the weather like in San Francisco?"}'`,
      `curl localhost:8080/WeatherAgent/run \\
  --json '{"prompt": "What is the weather like in Denver?"}'`,
    ],
  },
  {
    number: "03",
    slug: "03-human-in-the-loop",
    title: "Human in the loop",
    exercises: [
      { id: "agent", service: "HumanClaimApprovalAgent", minutes: 15 },
      { id: "agent-with-timeout", service: "HumanClaimApprovalWithTimeoutsAgent", minutes: 15 },
    ],
    curl: [
      `curl localhost:8080/HumanClaimApprovalAgent/run/send \\
  --json '{"prompt": "Process my hospital bill of 3000USD for a broken leg."}'`,
      `curl localhost:8080/HumanClaimApprovalWithTimeoutsAgent/run/send \\
  --json '{"prompt": "Process my hospital bill of 3000USD for a broken leg."}'`,
    ],
  },
];
