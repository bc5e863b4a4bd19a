import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import type { Logged } from "../../checks/stage/agents/told-log.ts";
import { readFamilies } from "../../checks/stage/restate/admin.ts";
import { hasAnswer } from "../../checks/stage/restate/journal.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { Say } from "../terminal/say.ts";

/** What an agent has asked the reviewer. */
interface Request {
  /** The id that the answer names. */
  id: string;
  /** The command that approves it. */
  command: string;
  invocation: string;
}

/** The requests to the reviewer that wait for an answer. */
export interface Approvals {
  /** Keeps the request in a message, if it has one. */
  note(logged: Logged): void;
  /** Prints a line for each request that still waits. */
  sayWaiting(): Promise<void>;
}

/** The command that approves what a message asks for; undefined if it asks for nothing. */
export function approvalIn(text: string): string | undefined {
  return text.match(/^Approve it with:\n +(curl \S+\/(?:awakeables|reviews)\/.*)$/m)?.[1];
}

/**
 * Keeps the requests that agents log, across restarts of the agents and of the workshop.
 *
 * @param file keeps them for the next start of the workshop
 */
export function keepApprovals(
  file: string,
  { adminUrl, worldUrl }: { adminUrl: string; worldUrl: string },
  say: Say,
): Approvals {
  let requests = read(file);
  /** The requests of an earlier start, which this world has not heard of. */
  const untold = new Set(requests.map(({ id }) => id));

  function keep(kept: Request[]): void {
    requests = kept;
    // The world forgets requests when it ends. Restate does not.
    replaceFile(file, JSON.stringify(requests.filter(({ id }) => isAwakeable(id))));
  }

  /** The handler that waits for the answer; undefined if none does any more. */
  async function whoWaits({ id, invocation }: Request): Promise<string | undefined> {
    const review = await fetch(`${worldUrl}/reviews/${id}`);
    if ("approved" in ((await review.json()) as object)) return undefined;
    if (isAwakeable(id) && (await hasAnswer(adminUrl, invocation, id))) return undefined;
    const family = await readFamilies(adminUrl, [invocation]);
    return family.find((each) => each.id === invocation && each.status !== "completed")?.target;
  }

  return {
    note: ({ text, invocation }) => {
      const command = approvalIn(text);
      const id = command?.match(/\/(?:awakeables|reviews)\/([^/]+)\//)?.[1];
      if (command === undefined || id === undefined || invocation === undefined) return;
      keep([...requests.filter((other) => other.id !== id), { id, command, invocation }]);
    },
    sayWaiting: async () => {
      for (const request of requests) {
        try {
          const target = await whoWaits(request);
          if (target === undefined) keep(requests.filter(({ id }) => id !== request.id));
          else {
            if (untold.delete(request.id)) await tellWorld(worldUrl, request);
            say("approve", styleText("bold", `${target} still waits: ${request.command}`));
          }
        } catch {
          // The server was just killed. The next call asks it again.
        }
      }
    },
  };
}

/** Gives the world's reviewer a request again, so that they can answer it. */
async function tellWorld(worldUrl: string, { id }: Request): Promise<void> {
  await fetch(`${worldUrl}/reviews`, { method: "POST", body: JSON.stringify({ id }) });
}

/** None if there is no file, or a workshop that was killed has left half of it. */
function read(file: string): Request[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Request[];
  } catch {
    return [];
  }
}

function isAwakeable(id: string): boolean {
  return id.startsWith("sign_1");
}
