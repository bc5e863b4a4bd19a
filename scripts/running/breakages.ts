import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import type { Service } from "../../checks/stage/events.ts";
import {
  type Failure,
  holdOf,
  killAtNext,
  modelAnswers,
  outageOf,
  silenceOf,
  silenceToSpecialists,
} from "../../checks/stage/failures.ts";
import type { Chapter } from "../../manifest.ts";

/** Something that `npm run break` does to a running workshop. */
export interface Breakage {
  /** As typed. */
  name: string;
  /** What it does, in a few words. */
  does: string;
  /** Does it; returns what to print. */
  act: (workshop: Breakable) => Promise<string>;
}

/** A failure that somebody asked for and that has not struck or ended yet. */
export interface Standing {
  /** As typed. */
  name: string;
  /** What is happening, or will happen, in a sentence. */
  words: string;
  failure: Failure;
}

/** What you can break in a chapter of a running workshop. */
export interface Breakable {
  /** The failures of this chapter that have not struck or ended yet, by name. */
  readonly standing: Map<string, Standing>;
  /** Makes a failure strike the chapter's calls from now on. */
  inject(standing: Standing): void;
  /** Whether a service runs on this machine and so can be broken. A real model or API does not. */
  readonly breakable: (service: Service) => boolean;
  killAgents(): Promise<void>;
  /** Resolves once it is back. */
  killServer(): Promise<void>;
  /** Answers the latest request to the reviewer; returns its id, or undefined if none waits. */
  answerReview(approved: boolean): Promise<string | undefined>;
}

const nameOf: Record<Service, string> = {
  model: "model",
  weather: "weather API",
  review: "reviewer's inbox",
  analysis: "claim analysis",
  booking: "booking system",
  email: "mail server",
  push: "push service",
  repo: "repository",
};

// The agents of these chapters fail for Denver in their own code, before they call the weather API.
const chaptersFailingForDenver = ["01", "02"];

/** What can be broken in a chapter, in a good order for a demo. */
export function breakagesOf({ number, outside }: Chapter): Breakage[] {
  const asksForDenver = outside.includes("weather") && !chaptersFailingForDenver.includes(number);
  return [
    ...outside.flatMap((service) => [killIn(service), down(service)]),
    ...(asksForDenver ? [denver] : []),
    ...(outside.includes("review") ? [silent("review")] : []),
    ...(outside.includes("analysis") ? [slowFraud, specialistSilent] : []),
    killIn("model"),
    modelBusy,
    silent("model"),
    ...(outside.includes("review") ? [answer("approve", true), answer("deny", false)] : []),
    killNow,
    killServer,
  ];
}

// The length of the longest name, `specialist-silent`.
const nameWidth = 17;

/** A breakage's name, padded to a column that fits all names. */
export function nameColumn(name: string): string {
  return name.padEnd(nameWidth);
}

function killIn(service: Service): Breakage {
  const name = `kill-in-${service}`;
  return {
    name,
    does: `kills the agents when they next call the ${nameOf[service]}`,
    act: async (workshop) => {
      const words = `The agents are killed when they next call the ${nameOf[service]}.`;
      if (workshop.standing.has(name)) return `You have already typed this. ${words}`;
      inject(workshop, service, { name, words, failure: killAtNext(service) });
      return words;
    },
  };
}

function down(service: Service): Breakage {
  return lasting({
    name: `${service}-down`,
    does: `the ${nameOf[service]} answers 503 until you type it again`,
    service,
    begin: () => outageOf(service),
    begun: `The ${nameOf[service]} answers 503 from now on.`,
    over: `The ${nameOf[service]} answers again.`,
  });
}

const denver = lasting({
  name: "denver-down",
  does: "the weather API answers 503 for Denver until you type it again",
  service: "weather",
  begin: () => outageOf("weather", "Denver"),
  begun: "The weather API answers 503 for Denver from now on.",
  over: "The weather API answers for Denver again.",
});

const modelBusy = lasting({
  name: "model-busy",
  does: "the model answers 429, its rate limit, until you type it again",
  service: "model",
  begin: () => modelAnswers(429, Number.POSITIVE_INFINITY),
  begun: "The model answers 429 from now on.",
  over: "The model answers again.",
});

function silent(service: Service): Breakage {
  const who = nameOf[service];
  return lasting({
    name: `${service}-silent`,
    does: `the ${who} does not answer until you type it again`,
    service,
    begin: () => silenceOf(service),
    begun: `The ${who} does not answer from now on.`,
    over: `The ${who} answers again, also the calls that were waiting.`,
  });
}

const slowFraud = lasting({
  name: "slow-fraud",
  does: "the fraud specialist does not answer until you type it again",
  service: "analysis",
  begin: () => holdOf("analysis", "fraud"),
  begun: "The fraud specialist does not answer from now on: it waits for its analysis.",
  over: "The fraud specialist continues, unless somebody has cancelled it.",
});

const specialistSilent = lasting({
  name: "specialist-silent",
  does: "the model answers no specialist until you type it again",
  service: "model",
  begin: silenceToSpecialists,
  begun: "The model answers no specialist from now on.",
  over: "The model answers the specialists again.",
});

const killNow: Breakage = {
  name: "kill",
  does: "kills the agents at once; npm start brings them back",
  act: async ({ killAgents }) => {
    await killAgents();
    return "The agents were killed with SIGKILL, and are started again.";
  },
};

const killServer: Breakage = {
  name: "kill-server",
  does: "kills the Restate server; it comes back with all it had stored",
  act: async (workshop) => {
    await workshop.killServer();
    return "The Restate server was killed with SIGKILL, and is back.";
  },
};

function answer(name: string, approved: boolean): Breakage {
  const verb = approved ? "approves" : "denies";
  return {
    name,
    does: `the reviewer ${verb} the latest request`,
    act: async ({ answerReview }) => {
      const id = await answerReview(approved);
      if (id === undefined) {
        throw new CouldNotRun(
          "The reviewer has no request.",
          "First send a request that needs a review.",
        );
      }
      return `The reviewer ${verb} ${id}.`;
    },
  };
}

interface Lasting extends Pick<Breakage, "name" | "does"> {
  service: Service;
  begin: () => Failure;
  begun: string;
  over: string;
}

function lasting({ name, does, service, begin, begun, over }: Lasting): Breakage {
  return {
    name,
    does,
    act: async (workshop) => {
      const standing = workshop.standing.get(name);
      if (standing) {
        standing.failure.lift();
        return over;
      }
      inject(workshop, service, { name, words: begun, failure: begin() });
      return begun;
    },
  };
}

/** @throws {CouldNotRun} if the service is a real one */
function inject(workshop: Breakable, service: Service, standing: Standing): void {
  if (!workshop.breakable(service)) {
    throw new CouldNotRun(
      `The ${nameOf[service]} is a real one, which cannot be broken from here.`,
      "Start the workshop without its key or URL in the environment.",
    );
  }
  workshop.inject(standing);
}
