import { styleText } from "node:util";
import type { Logged } from "../../checks/stage/agents/told-log.ts";
import { chapters } from "../../manifest.ts";
import { lineOf, say } from "../terminal/say.ts";
import { approvalIn } from "./approvals.ts";
import { followAttempts } from "./attempts.ts";

/** Shows what the agents' process logs and prints. */
export interface AgentsLog {
  /** Shows a message, whole. */
  onLogged(logged: Logged): void;
  /** Shows what is printed but not logged, such as the error that ends the process. */
  onPrinted(text: string): void;
}

/** How to show a log. */
interface Showing {
  /** The admin API of the server that makes the attempts. */
  adminUrl: string;
  /** Whether to show everything that the SDK logs, instead of one line for each failed attempt. */
  verbose: boolean;
  /** Receives each message that is shown. */
  note: (logged: Logged) => void;
}

// The SDK logs this at every start; the agents listen on this machine only.
const expected = /Accepting requests without validating request signatures/;

// The SDK logs this for each attempt of an invocation whose service it does not have.
const notServed = /No service found for URL: .*"componentName":"(\w+)"/;

/** Shows each message as it is, and highlights the command that approves a request. */
export function showAgentsLog({ adminUrl, verbose, note }: Showing): AgentsLog {
  const attempts = followAttempts(adminUrl, say);
  const unserved = new Set<string>();
  return {
    onLogged: (logged) => {
      if (expected.test(logged.text)) return;
      const service = logged.text.match(notServed)?.[1];
      if (service !== undefined && !verbose) {
        // Restate asks for it again and again.
        if (!unserved.has(service)) say("not served", adviceOn(service));
        unserved.add(service);
        return;
      }
      if (!verbose && attempts.take(logged)) return;
      show(logged.text);
      note(logged);
    },
    onPrinted: (text) => show(text.replace(/\n$/, "")),
  };
}

/** What to do about an invocation of a service that these agents do not serve. */
function adviceOn(service: string): string {
  const chapter = chapters.find(({ exercises }) =>
    exercises.some((each) => each.service === service || each.calls?.includes(service)),
  );
  const serve = chapter ? ` To continue it: npm start ${chapter.number}.` : "";
  return `An older invocation of ${service} is retrying.${serve} To delete all invocations: npm start -- --fresh`;
}

function show(text: string): void {
  const approval = approvalIn(text);
  const lines = text
    .split("\n")
    .map((line) =>
      approval !== undefined && line.trim() === approval
        ? lineOf("approve", styleText("bold", approval))
        : `${styleText("dim", "agents |")} ${line}`,
    );
  console.log(lines.join("\n"));
}
