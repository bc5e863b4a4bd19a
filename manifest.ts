/**
 * The original exercises, under the same paths as below `exercises`. Learners do not work here, so
 * slides, `npm run reset` and verification find each stub unchanged.
 */
export const stubs = "checks/stubs";

/** One agent file of a chapter, with the checks that belong to it. */
export interface Exercise {
  /** The file's name without `.ts`, as in `npm run check 03 agent-with-timeout`. */
  id: string;
  service: string;
  /** The services that it calls. On the stage another process serves them, as in production. */
  calls?: readonly string[];
  minutes: number;
}

/** A numbered folder of exercises, one per chapter of the tour of AI agents. */
export interface Chapter {
  number: string;
  /** The folder's name in `exercises`, `solutions` and `checks`. */
  slug: string;
  title: string;
  exercises: readonly Exercise[];
  /** What its agents call in the world, apart from the model. */
  outside: readonly ("weather" | "review" | "analysis" | "booking" | "push" | "repo")[];
  /** Commands to run while `npm start` is up: the tour's own, if it has some. */
  curl: readonly string[];
}

const claim = `{
    "date":"2024-10-01",
    "category":"orthopedic",
    "reason":"hospital bill for a broken leg",
    "amount":3000,
    "placeOfService":"General Hospital"
}`;

export const chapters: readonly Chapter[] = [
  {
    number: "01",
    slug: "01-durable-execution",
    title: "Durable execution",
    outside: ["weather"],
    exercises: [{ id: "agent", service: "WeatherAgent", minutes: 15 }],
    curl: [
      `curl localhost:8080/WeatherAgent/run \\
  --json '{"prompt": "What is the weather like in San Francisco?"}'`,
      `curl localhost:8080/WeatherAgent/run \\
  --json '{"prompt": "What is the weather like in Denver?"}'`,
    ],
  },
  {
    number: "02",
    slug: "02-observing-agents",
    title: "Observing agents",
    outside: ["weather"],
    exercises: [
      { id: "agent", service: "ObservedWeatherAgent", minutes: 10 },
      { id: "tracing-agent", service: "TracedWeatherAgent", minutes: 15 },
    ],
    curl: [
      `curl localhost:8080/ObservedWeatherAgent/run/send \\
  --json '{"prompt": "What is the weather like in Denver?"}'`,
      `curl localhost:8080/TracedWeatherAgent/run \\
  --json '{"prompt": "What is the weather like in San Francisco?"}'`,
    ],
  },
  {
    number: "03",
    slug: "03-human-in-the-loop",
    title: "Human in the loop",
    outside: ["review"],
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
  {
    number: "04",
    slug: "04-chat-memory",
    title: "Chat memory",
    outside: [],
    exercises: [{ id: "agent", service: "Chat", minutes: 20 }],
    curl: [
      `curl localhost:8080/Chat/session123/message \\
  --json '{"message": "make a poem about durable execution"}'`,
      `curl localhost:8080/Chat/session123/message \\
  --json '{"message": "shorten it to 2 lines"}'`,
      "curl localhost:8080/Chat/session123/getHistory",
      `curl localhost:8080/Chat/session123/message/send --json '{"message": "make a poem about durable execution"}' &
curl localhost:8080/Chat/session456/message/send --json '{"message": "what are the benefits of durable execution?"}' &
curl localhost:8080/Chat/session789/message/send --json '{"message": "how does workflow orchestration work?"}' &
curl localhost:8080/Chat/session123/message/send --json '{"message": "can you make it rhyme better?"}' &
curl localhost:8080/Chat/session456/message/send --json '{"message": "what about fault tolerance in distributed systems?"}' &
curl localhost:8080/Chat/session789/message/send --json '{"message": "give me a practical example"}' &
curl localhost:8080/Chat/session101/message/send --json '{"message": "explain event sourcing in simple terms"}' &
curl localhost:8080/Chat/session202/message/send --json '{"message": "what is the difference between async and sync processing?"}'`,
    ],
  },
  {
    number: "05",
    slug: "05-orchestration",
    title: "Orchestration",
    outside: ["review", "analysis"],
    exercises: [
      {
        id: "sub-workflow-agent",
        service: "SubWorkflowClaimApprovalAgent",
        calls: ["HumanApprovalWorkflow"],
        minutes: 10,
      },
      {
        id: "multi-agent",
        service: "MultiAgentClaimApproval",
        calls: ["EligibilityAgent", "FraudCheckAgent"],
        minutes: 15,
      },
    ],
    curl: [
      `curl localhost:8080/SubWorkflowClaimApprovalAgent/run/send \\
  --json '{"prompt": "Process my hospital bill of 3000USD for a broken leg."}'`,
      `curl localhost:8080/MultiAgentClaimApproval/run --json '${claim}'`,
    ],
  },
  {
    number: "06",
    slug: "06-parallel-work",
    title: "Parallel work",
    outside: ["analysis"],
    exercises: [
      { id: "parallel-tools-agent", service: "ParallelToolClaimAgent", minutes: 10 },
      {
        id: "parallel-agents",
        service: "ParallelAgentClaimApproval",
        calls: ["EligibilityAgent", "RateComparisonAgent", "FraudCheckAgent"],
        minutes: 10,
      },
      {
        id: "racing-agents",
        service: "RacingClaimAgents",
        calls: ["EligibilityAgent", "FraudCheckAgent"],
        minutes: 15,
      },
    ],
    curl: ["ParallelToolClaimAgent", "ParallelAgentClaimApproval", "RacingClaimAgents"].map(
      (service) => `curl localhost:8080/${service}/run --json '${claim}'`,
    ),
  },
  {
    number: "07",
    slug: "07-error-handling",
    title: "Error handling",
    outside: ["weather"],
    exercises: [
      { id: "fail-on-terminal-tool-agent", service: "FailOnTerminalErrorAgent", minutes: 10 },
      { id: "stop-on-terminal-tool-agent", service: "StopOnTerminalErrorAgent", minutes: 15 },
      { id: "retry-budget-agent", service: "RetryBudgetAgent", minutes: 20 },
    ],
    curl: ["FailOnTerminalErrorAgent", "StopOnTerminalErrorAgent", "RetryBudgetAgent"].map(
      (service) => `curl localhost:8080/${service}/run \\
  --json '{"prompt": "What is the weather like in Atlantis?"}'`,
    ),
  },
  {
    number: "08",
    slug: "08-advanced-patterns",
    title: "Advanced patterns",
    outside: ["weather", "booking", "review"],
    exercises: [
      { id: "manual-loop-agent", service: "ManualLoopAgent", minutes: 20 },
      { id: "rollback-agent", service: "BookingWithRollbackAgent", minutes: 20 },
    ],
    curl: [
      `curl localhost:8080/ManualLoopAgent/run \\
  --json '{"prompt": "What is the weather like in New York and San Francisco?"}'`,
      `curl localhost:8080/BookingWithRollbackAgent/book \\
  --json '{"prompt": "I need to book a business trip to San Francisco from March 15-17. Flying from JFK, need a hotel downtown for 1 guest."}'`,
      `curl localhost:8080/BookingWithRollbackAgent/book \\
  --json '{"prompt": "Planning a family vacation to Miami for 4 people from May 20-25. We need flights from Boston Logan BOS, a beachfront hotel for 4 guests, and an SUV rental with pick-up at BOS airport."}'`,
    ],
  },
  {
    number: "09",
    slug: "09-scheduling",
    title: "Scheduling",
    outside: ["push"],
    exercises: [
      { id: "reminder-agent", service: "ReminderAgent", minutes: 15 },
      { id: "digest-agent", service: "DigestAgent", minutes: 15 },
    ],
    curl: [
      `curl localhost:8080/ReminderAgent/ada/ask \\
  --json '{"prompt": "Remind me tomorrow at 9 to call Bob."}'`,
      "curl localhost:8080/ReminderAgent/ada/list",
      `curl localhost:8080/ReminderAgent/ada/forget --json '{"text": "call Bob"}'`,
      `curl localhost:8080/ReminderAgent/ada/ask \\
  --json '{"prompt": "Remind me in 10 seconds to look up."}'`,
      `curl localhost:8080/DigestAgent/ada/start \\
  --json '{"about": "Oslo", "hour": 9, "minute": 0, "timeZone": "Europe/Oslo"}'`,
      "curl localhost:8080/DigestAgent/ada/next",
      "curl -X POST localhost:8080/DigestAgent/ada/stop",
    ],
  },
  {
    number: "10",
    slug: "10-progress-and-interruption",
    title: "Progress and interruption",
    outside: ["repo"],
    exercises: [{ id: "coding-agent", service: "CodingAgent", calls: ["CodingTask"], minutes: 20 }],
    curl: [
      `curl localhost:8080/CodingAgent/ada/message \\
  --json '{"message": "Build a todo CLI."}'`,
      `curl localhost:8080/CodingAgent/ada/message \\
  --json '{"message": "In TypeScript."}'`,
      "curl localhost:8080/CodingAgent/ada/getHistory",
    ],
  },
];
